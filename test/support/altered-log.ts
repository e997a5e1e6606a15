import type { StoredEvent } from '@ardoise/event-store';
import { leafHash } from '@ardoise/format';
import { createClient } from '@ardoise/postgres';
import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { nodeOf } from './engine';
import type { LogNode } from './log-node';
import { until, type TestServer } from './server';

/** What is to stand where an event stands. In the files of EventStoreDB there is room for as many bytes as there were. */
export interface Alteration {
  readonly event: StoredEvent;
  readonly header?: Buffer;
  readonly sections?: Buffer;
}

/** Writes over stored events, as whoever owns the database or the disk can: guards set aside, leaves made to fit. */
export async function alterLog(server: TestServer, ...alterations: readonly Alteration[]): Promise<void> {
  const node = await nodeOf(server.platform.server.url);
  if (node) await alterFiles(node, alterations).then(() => met(server));
  else await asOwner(server, (owner) => alterTable(owner, alterations));
}

/** Takes an event out of a log in PostgreSQL; what it gives puts the event back, and leaves what was recorded since. */
export async function removeFromLog(
  server: TestServer,
  { organisation, position }: StoredEvent,
): Promise<() => Promise<void>> {
  const removed = `public.removed_${randomUUID().replaceAll('-', '')}`;
  const event = `organisation = '${organisation}' AND position = ${position}`;
  await asOwner(server, (owner) =>
    owner.query(`CREATE TABLE ${removed} AS TABLE log.events WITH NO DATA;
      WITH gone AS (DELETE FROM log.events WHERE ${event} RETURNING *) INSERT INTO ${removed} TABLE gone`),
  );
  return () => asOwner(server, (owner) => owner.query(`INSERT INTO log.events TABLE ${removed}`));
}

/** The log alone as it stands, to be put back while a server runs: nothing that was signed or is remembered goes back with it. */
export async function copyOfLog(server: TestServer): Promise<{ putBack(): Promise<void> }> {
  const node = await nodeOf(server.platform.server.url);
  if (node) {
    const putBack = node.copy();
    return { putBack: () => putBack().then(() => met(server)) };
  }
  const kept = `public.kept_${randomUUID().replaceAll('-', '')}`;
  await asOwner(server, (owner) => owner.query(`CREATE TABLE ${kept} AS TABLE log.events`));
  return {
    putBack: () =>
      asOwner(server, (owner) => owner.query(`DELETE FROM log.events; INSERT INTO log.events TABLE ${kept}`)),
  };
}

/** A byte of it with one bit turned, counted from its end. */
export function flipped(bytes: Buffer, fromEnd = 2): Buffer {
  const other = Buffer.from(bytes);
  const at = other.length - fromEnd;
  other.writeUInt8(other.readUInt8(at) ^ 1, at);
  return other;
}

/** The log's guards stand in every role of a session, and must be taken away one by one. */
async function asOwner(server: TestServer, work: (owner: Client) => Promise<unknown>): Promise<void> {
  const owner = createClient(server.platform.server.url, { applicationName: 'owner' });
  await owner.connect();
  try {
    await owner.query('ALTER TABLE log.events DISABLE TRIGGER ALL');
    await work(owner);
    await owner.query('ALTER TABLE log.events ENABLE TRIGGER ALL');
  } finally {
    await owner.end();
  }
}

async function alterTable(owner: Client, alterations: readonly Alteration[]): Promise<void> {
  for (const { event, header = event.header, sections = event.sections } of alterations) {
    const { rowCount } = await owner.query(
      'UPDATE log.events SET header = $3, sections = $4, leaf = $5 WHERE organisation = $1 AND position = $2',
      [event.organisation, event.position, header, sections, leafHash(header)],
    );
    if (rowCount !== 1) throw new Error(`${rowCount} events were altered`);
  }
}

async function alterFiles(node: LogNode, alterations: readonly Alteration[]): Promise<void> {
  await node.overwrite(
    alterations.flatMap(({ event, header, sections }) => [
      ...(header ? [[event.header, header] as const] : []),
      ...(sections ? [[event.sections, sections] as const] : []),
    ]),
  );
}

/** A server meets a node again that was away. */
function met({ platform }: TestServer): Promise<void> {
  return until(() =>
    platform.store.organisations().then(
      () => true,
      () => false,
    ),
  );
}
