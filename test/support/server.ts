import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { readConfig } from '@ardoise/config';
import { createTestDatabase, SettableClock } from '@ardoise/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import supertest from 'supertest';
import { capabilities as all } from '../../src/capabilities';
import { ErasureRunner } from '../../src/erasures/process/erasure-runner';
import type { Capability } from '../../src/platform/capability';
import { createLog } from '../../src/platform/logging';
import { startPlatform, type Platform } from '../../src/platform/platform';
import { ProcessManagers } from '../../src/platform/process-managers';
import { Reactions } from '../../src/platform/reactions';
import { createServer, startWork, stopServer } from '../../src/server';
import { placesOf, removeNode } from './engine';

/** A whole server on a database of its own, on real HTTP, with a clock that the test moves. */
export interface TestServer {
  readonly app: NestFastifyApplication;
  readonly platform: Platform;
  readonly clock: SettableClock;
  /** Base address, for clients of one's own. */
  readonly url: string;
  /** POST below an organisation; waits until the read models show it. */
  post(path: string, body?: object, headers?: Record<string, string>): supertest.Test;
  /** GET below an organisation. */
  get(path: string): supertest.Test;
  http(): ReturnType<typeof supertest>;
  /** Waits until reactions and erasures have done all that follows from what is recorded, and the read models show it. */
  settled(organisation?: string): Promise<void>;
  close(): Promise<void>;
}

export interface TestServerOptions {
  readonly organisation?: string;
  readonly now?: string;
  readonly capabilities?: readonly Capability[];
  readonly environment?: Record<string, string>;
  /** An existing database, shared with another server. */
  readonly databaseUrl?: string;
  readonly keysFolder?: string;
}

export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { organisation = 'mira', now = '2026-03-02T09:00:00.000Z', capabilities = all } = options;
  const database = options.databaseUrl === undefined ? await createTestDatabase() : undefined;
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-test-'));
  const databaseUrl = options.databaseUrl ?? database?.url ?? '';
  const config = readConfig({
    ...(await placesOf(databaseUrl)),
    ARDOISE_DATA: join(folder, 'data'),
    ARDOISE_KEYS: options.keysFolder ?? join(folder, 'keys'),
    LOG_LEVEL: process.env.ARDOISE_TEST_LOG ?? 'silent',
    PORT: '0',
    ARDOISE_KEY_LEASE_MS: '0',
    ...options.environment,
  });
  const clock = new SettableClock(new Date(now));
  const platform = await startPlatform({
    config,
    capabilities,
    clock,
    log: createLog(config.logLevel, 'test'),
    name: 'test',
  });
  const app = await createServer(platform);
  await startWork(app, platform);
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('localhost', '127.0.0.1');
  const http = (): ReturnType<typeof supertest> => supertest(url);
  const base = `/v1/organisations/${organisation}`;
  return {
    app,
    platform,
    clock,
    url,
    http,
    post: (path, body = {}, headers = {}) =>
      http()
        .post(base + path)
        .set({ prefer: 'wait=20', ...headers })
        .send(body),
    get: (path) => http().get(base + path),
    settled: (slug = organisation) => settled(app, platform, slug),
    async close() {
      await stopServer(app, platform);
      await database?.drop();
      if (database) await removeNode(database.url);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a reaction appends may lead to another: done when the log has not grown while everything passed its end. */
async function settled(app: NestFastifyApplication, platform: Platform, organisation: string): Promise<void> {
  const reactions = app.get(Reactions).running();
  for (;;) {
    const head = await platform.store.head(organisation);
    await until(async () => {
      const stopped = (await reactions.status()).reactions.find((one) => one.stopped ?? one.parked[0]);
      if (stopped) {
        const at = stopped.stopped ?? stopped.parked[0];
        throw new Error(`the reaction ${stopped.reaction} gave up event ${at?.event}: ${at?.code}`);
      }
      if (app.get(Reactions).none()) return true;
      return (
        (await reactions.passed(organisation)) >= head && app.get(ProcessManagers).running().isAtRest(organisation)
      );
    });
    await platform.projections.waitFor(organisation, head, { timeoutMs: 30_000 });
    await carryErasures(app);
    if ((await platform.store.head(organisation)) === head) return;
  }
}

/** An erasure that was remembered goes as far as it can; a server of few capabilities may have none to carry. */
async function carryErasures(app: NestFastifyApplication): Promise<void> {
  await findRunner(app)?.completeWaiting();
}

function findRunner(app: NestFastifyApplication): ErasureRunner | undefined {
  try {
    return app.get(ErasureRunner, { strict: false });
  } catch {
    return undefined;
  }
}

/** Waits for a condition, looking every few milliseconds; gives up after 30 seconds. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('waited 30 seconds in vain');
    await delay(10);
  }
}
