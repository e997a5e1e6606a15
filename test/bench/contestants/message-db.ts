import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPool } from '@ardoise/postgres';
import type { Pool, PoolClient } from 'pg';
import { clearPayload, newStream, type BenchStream } from '../payload';
import type { Subject } from './subject';

const folder = join(__dirname, '../node_modules/@eventide/message-db/database');
const write = 'SELECT write_message($1, $2, $3, $4, NULL, $5)';
const page = 1_000;

/** In the order of its own installation script, which asks for `psql`. */
const scripts = ['schema', 'extensions', 'tables', 'types', 'functions', 'indexes'];
/** Functions that others are made of come first. */
const first = ['hash-64.sql', 'acquire-lock.sql', 'category.sql', 'is-category.sql', 'id.sql', 'cardinal-id.sql'];

/** Message DB's tables and functions, called as its clients do: one call writes one message. */
export async function openMessageDb(url: string): Promise<Subject> {
  await install(url);
  const options = { applicationName: 'bench message-db', max: 16 };
  const pool = createPool(`${url}?options=${encodeURIComponent('-c search_path=message_store,public')}`, options);
  const append = async (to: BenchStream, events: number): Promise<boolean> => {
    const done = events === 1 ? await writeOne(pool, to, to.version - 1) : await writeMany(pool, to, events);
    if (done) to.version += events;
    return done;
  };
  return {
    name: 'Message DB',
    leavesOut:
      'no sealing, no commitments; one call for each message, so that many at once are calls in one transaction; ' +
      'writers of one category wait for each other; no idempotency by command, only by message id',
    append,
    async streams(count, events = 1) {
      const streams = Array.from({ length: count }, newStream);
      for (const stream of streams) await append(stream, events);
      return streams;
    },
    async readStream({ stream }) {
      const { rows } = await pool.query({
        name: 'stream',
        text: 'SELECT * FROM get_stream_messages($1, 0, 1000000)',
        values: [stream],
      });
      return rows.map(({ data }: { data: string }) => JSON.parse(data) as unknown).length;
    },
    async readLog(over) {
      let at = '1';
      let count = 0;
      for (;;) {
        const { rows } = await pool.query<{ data: string; global_position: string }>({
          name: 'category',
          text: 'SELECT * FROM get_category_messages($1, $2, $3)',
          values: ['learning', at, page],
        });
        count += rows.map(({ data }) => JSON.parse(data) as unknown).length;
        const last = rows.at(-1);
        if (last === undefined || rows.length < page || over()) return count;
        at = String(BigInt(last.global_position) + 1n);
      }
    },
    close: () => pool.end(),
  };
}

async function install(url: string): Promise<void> {
  const pool = createPool(url, { applicationName: 'bench message-db', max: 1 });
  try {
    await pool.query('SET client_min_messages = warning');
    for (const kind of scripts) {
      const names = readdirSync(join(folder, kind)).filter((name) => name.endsWith('.sql'));
      const ordered = [
        ...first.filter((name) => names.includes(name)),
        ...names.filter((name) => !first.includes(name)),
      ];
      for (const name of ordered) {
        await pool.query('SET search_path = message_store, public');
        await pool.query(readFileSync(join(folder, kind, name), 'utf8').replaceAll(' CONCURRENTLY', ''));
      }
    }
  } finally {
    await pool.end();
  }
}

async function writeOne(client: Pool | PoolClient, to: BenchStream, expected: number): Promise<boolean> {
  const data = JSON.stringify(clearPayload(to));
  try {
    await client.query({
      name: 'write',
      text: write,
      values: [randomUUID(), to.stream, 'module-timed', data, expected],
    });
    return true;
  } catch (error) {
    if (/Wrong expected version|messages_stream/.test((error as Error).message)) return false;
    throw error;
  }
}

async function writeMany(pool: Pool, to: BenchStream, events: number): Promise<boolean> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    for (let i = 0; i < events; i++) {
      if (await writeOne(client, to, to.version - 1 + i)) continue;
      await client.query('ROLLBACK');
      return false;
    }
    await client.query('COMMIT');
    return true;
  } finally {
    client.release();
  }
}
