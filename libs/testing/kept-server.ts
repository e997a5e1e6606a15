import type { TestServer } from './test-server';

/** Setup and teardown are loaded apart, by each project of jest: they meet in the process's global object. */
const kept = globalThis as { ardoiseTestServer?: TestServer | undefined };

export function keptServer(): TestServer | undefined {
  return kept.ardoiseTestServer;
}

export function keepServer(server: TestServer | undefined): void {
  kept.ardoiseTestServer = server;
}
