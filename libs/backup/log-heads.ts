import type { ClientBase } from 'pg';
import type { Head } from './manifest';

/** Where each organisation's log ends; nothing while there is no log. */
export async function readHeads(client: ClientBase): Promise<Record<string, Head>> {
  const { rows: there } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('log.heads') IS NOT NULL AS there`,
  );
  if (there[0]?.there !== true) return {};
  const { rows } = await client.query<{ organisation: string; position: string; leaf: string | null }>(
    `SELECT h.organisation, h.position::text, encode(e.leaf, 'hex') AS leaf
       FROM log.heads h LEFT JOIN log.events e ON e.organisation = h.organisation AND e.position = h.position
      -- The mark of a log that goes on elsewhere: what is here says nothing of where that ends.
      WHERE to_jsonb(h) ->> 'left_for' IS NULL ORDER BY 1`,
  );
  return Object.fromEntries(
    rows.map(({ organisation, position, leaf }) => [organisation, { position, leaf: leaf ?? '' }]),
  );
}

/** Makes partitions for a log of that length and so many events, where the log lies in partitions. */
export async function extendLog(
  client: ClientBase,
  heads: Readonly<Record<string, Head>>,
  events: number,
): Promise<void> {
  const { rows } = await client.query(`SELECT FROM pg_proc WHERE oid = to_regprocedure('log.extend(bigint, bigint)')`);
  if (rows.length === 0) return;
  const positions = Object.values(heads).map(({ position }) => BigInt(position));
  const longest = positions.reduce((most, position) => (position > most ? position : most), 0n);
  // As wide as it takes for each to hold as many events as one without gaps would.
  const width = 'log.partition_size() * greatest(1, ceil($1::bigint::numeric / greatest(1, $2::bigint)))::bigint';
  await client.query(`SELECT log.extend($1::bigint, ${width})`, [String(longest), events]);
}

/** Whether two logs end at the same events. */
export function sameHeads(one: Readonly<Record<string, Head>>, other: Readonly<Record<string, Head>>): boolean {
  const names = Object.keys(one);
  return (
    names.length > 0 &&
    names.length === Object.keys(other).length &&
    names.every((name) => one[name]?.position === other[name]?.position && one[name]?.leaf === other[name]?.leaf)
  );
}
