import { commandOf, leafHash } from '@ardoise/format';
import { byteaArray, int8Array, textArray } from '@ardoise/postgres';
import type { PoolClient } from 'pg';
import { type Placement, PlacementRefusedError } from './movable-log';

/** Only what is put is kept from others: servers of a closed log append nothing, and of an organisation not known here neither. */
const open = 'UPDATE log.heads SET left_for = NULL WHERE organisation = $1 AND left_for IS NOT NULL RETURNING position';

const streams = `INSERT INTO log.streams AS s (organisation, stream, version, grown)
SELECT $1, e.stream, max(e.version) + 1, count(*) FROM unnest($2::text[], $3::bigint[]) AS e (stream, version)
GROUP BY e.stream ORDER BY e.stream COLLATE "C"
ON CONFLICT (organisation, stream) DO UPDATE SET version = excluded.version, grown = excluded.grown
WHERE s.version = excluded.version - excluded.grown`;

/** The events of one command may be put in two goes. */
const commands = `INSERT INTO log.commands (organisation, stream, command)
SELECT DISTINCT $1, e.stream, e.command FROM unnest($2::text[], $3::bytea[]) AS e (stream, command)
ON CONFLICT DO NOTHING`;

const events = `INSERT INTO log.events (organisation, position, stream, version, header, sections, leaf)
SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::bytea[], $6::bytea[], $7::bytea[])`;

/**
 * Partitions as wide as the gaps between positions ask for; no event is longer than so many positions on the other engine,
 * and a gap that is has others' events in it.
 */
const extend =
  'SELECT log.extend($1::bigint, log.partition_size() * (least(($1::bigint - $2::bigint) / $3, 4096) + 1))';

const close = `INSERT INTO log.heads (organisation, position, left_for) VALUES ($1, $2, $3)
ON CONFLICT (organisation) DO UPDATE SET position = excluded.position, left_for = excluded.left_for`;

/** Puts events behind the last, in the caller's transaction. */
export async function placeEvents(
  client: PoolClient,
  { organisation, after, events: all }: Placement,
  mark: string,
): Promise<void> {
  const { rows } = await client.query<{ position: string }>(open, [organisation]);
  if (BigInt(rows[0]?.position ?? 0) !== after) {
    throw new PlacementRefusedError(`${organisation} does not end at ${after} in PostgreSQL`);
  }
  const names = textArray(all.map(({ stream }) => stream));
  const versions = int8Array(all.map(({ version }) => version));
  const made = await client.query(streams, [organisation, names, versions]);
  if (made.rowCount !== new Set(all.map(({ stream }) => stream)).size) {
    throw new PlacementRefusedError(`a stream of ${organisation} has another version in PostgreSQL`);
  }
  const headers = all.map(({ header }) => header);
  await client.query(commands, [organisation, names, byteaArray(headers.map(commandOf))]);
  await client.query(extend, [all.at(-1)?.position, after, all.length]);
  await client.query(events, [
    organisation,
    int8Array(all.map(({ position }) => position)),
    names,
    versions,
    byteaArray(headers),
    byteaArray(all.map(({ sections }) => sections)),
    byteaArray(headers.map((header) => leafHash(header))),
  ]);
  await client.query(close, [organisation, all.at(-1)?.position, mark]);
}
