import { closeSync, fdatasyncSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { cpus, loadavg, totalmem, type } from 'node:os';
import { join } from 'node:path';
import type { BenchServer } from './database';
import { median } from './statistics';

/** What the figures were measured on; without it they say nothing. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly postgres: string;
  readonly ardoise: string;
  readonly peers: { readonly [name: string]: string };
  /** Settings of the database server that bear on durability and speed. */
  readonly settings: { readonly [name: string]: string };
  /** Microseconds for 8 KiB to be written and flushed, where the database stands; median. */
  readonly flushMicroseconds: number;
  readonly loadAtStart: number;
}

const shown = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'wal_sync_method',
  'wal_compression',
  'shared_buffers',
  'max_wal_size',
];
const peers = ['@event-driven-io/emmett-postgresql', '@eventide/message-db', '@castore/event-storage-adapter-postgres'];

export async function describeMachine({ client, folder }: BenchServer): Promise<Machine> {
  const { rows } = await client.query<{ name: string; value: string }>(
    'SELECT name, current_setting(name) AS value FROM pg_settings WHERE name = ANY($1) ORDER BY name',
    [[...shown, 'server_version']],
  );
  const settings = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  const { server_version: postgres = 'unknown', ...rest } = settings;
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${process.arch}`,
    node: process.version,
    postgres,
    ardoise: versionOf(join(__dirname, '../../package.json')),
    peers: Object.fromEntries(
      peers.map((name) => [name, versionOf(join(__dirname, 'node_modules', name, 'package.json'))]),
    ),
    settings: rest,
    flushMicroseconds: flushTime(folder),
    loadAtStart: loadavg()[0] ?? NaN,
  };
}

function versionOf(packageFile: string): string {
  return (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version;
}

function flushTime(folder: string): number {
  const path = join(folder, 'flush');
  const file = openSync(path, 'w');
  const page = Buffer.alloc(8_192, 1);
  const times: number[] = [];
  for (let i = 0; i < 200; i++) {
    const begun = performance.now();
    writeSync(file, page, 0, page.length, (i % 64) * page.length);
    fdatasyncSync(file);
    times.push((performance.now() - begun) * 1000);
  }
  closeSync(file);
  unlinkSync(path);
  return Math.round(median(times));
}
