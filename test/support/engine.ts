import { LogNode } from './log-node';

/**
 * The engine that a run of whole servers has its logs on: PostgreSQL, or EventStoreDB where `EVENTSTORE_NODE` is a command
 * that runs a node of it; see CONTRIBUTING.md. Each database has a node of its own, as each has a log of its own.
 */
const { EVENTSTORE_NODE: command } = process.env;
const nodes = new Map<string, Promise<LogNode>>();

/** The node with the log of a database; undefined where the log is in the database. */
export async function nodeOf(databaseUrl: string): Promise<LogNode | undefined> {
  if (!command) return undefined;
  const node = nodes.get(databaseUrl) ?? LogNode.start(command);
  nodes.set(databaseUrl, node);
  return node;
}

/** What a process of ours is told of where its database and its log are. */
export async function placesOf(databaseUrl: string): Promise<Record<string, string>> {
  const node = await nodeOf(databaseUrl);
  return { DATABASE_URL: databaseUrl, ...(node ? { EVENT_STORE: 'eventstoredb', EVENTSTORE_URL: node.url } : {}) };
}

/** What a server says of a log that was neither moved nor lost. */
export function restingLog(): Record<string, unknown> {
  if (!command) return { engine: 'postgres', unit: 'events' };
  return { engine: 'eventstoredb', unit: 'half-bytes', leader: expect.any(String), reconnects: 0 };
}

/** Ends the node of a database that is dropped. */
export async function removeNode(databaseUrl: string): Promise<void> {
  const node = nodes.get(databaseUrl);
  nodes.delete(databaseUrl);
  await (await node)?.remove();
}

/** Tests of what concerns a log on EventStoreDB alone; where logs are in PostgreSQL they are left out. */
export function onEventStoreDB(name: string, tests: () => void): void {
  if (command) describe(name, tests);
  else describe(name, () => it.skip('is shown where EVENTSTORE_NODE runs an EventStoreDB', () => undefined));
}

/** Tests of what concerns a log in PostgreSQL alone; where logs are elsewhere they are left out. */
export function onPostgres(name: string, tests: () => void): void {
  if (!command) describe(name, tests);
  else describe(name, () => it.skip('concerns a log in PostgreSQL', () => undefined));
}

if (command) {
  afterAll(async () => {
    for (const url of nodes.keys()) await removeNode(url);
  });
}
