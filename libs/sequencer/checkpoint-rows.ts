import type { Pool, PoolClient } from 'pg';
import type { CheckpointEntry, TreeName } from './tree';

interface Row {
  organisation: string;
  incarnation: number;
  size: string;
  position: string;
  root: Buffer;
  signed_at: Date;
  note: Buffer;
  token: Buffer | null;
  lines: string[] | null;
}

const select = `SELECT c.organisation, c.incarnation, c.size, c.position, c.root, c.signed_at, c.note, t.token,
  (SELECT array_agg(s.line ORDER BY s.signer COLLATE "C") FROM ledger.cosignatures s
   WHERE s.organisation = c.organisation AND s.incarnation = c.incarnation AND s.size = c.size) AS lines
FROM ledger.checkpoints c LEFT JOIN ledger.timestamps t USING (organisation, incarnation, size)
WHERE c.organisation = $1 AND c.incarnation = $2`;

/** A tree's newest checkpoint. */
export async function newestCheckpoint(
  on: Pool | PoolClient,
  { organisation, incarnation }: TreeName,
): Promise<CheckpointEntry | undefined> {
  const { rows } = await on.query<Row>({
    name: 'ledger-checkpoint-newest',
    text: `${select} ORDER BY c.size DESC LIMIT 1`,
    values: [organisation, incarnation],
  });
  return rows[0] && entryOf(rows[0]);
}

/** A tree's newest checkpoint of at most a size. */
export async function newestWithin(
  on: Pool | PoolClient,
  { organisation, incarnation }: TreeName,
  size: number,
): Promise<CheckpointEntry | undefined> {
  const { rows } = await on.query<Row>({
    name: 'ledger-checkpoint-newest-within',
    text: `${select} AND c.size <= $3 ORDER BY c.size DESC LIMIT 1`,
    values: [organisation, incarnation, size],
  });
  return rows[0] && entryOf(rows[0]);
}

/** At most `limit` checkpoints of at least a size, the smallest first. */
export async function checkpointsFrom(
  on: Pool | PoolClient,
  { organisation, incarnation }: TreeName,
  size: number,
  limit: number,
): Promise<CheckpointEntry[]> {
  const { rows } = await on.query<Row>({
    name: 'ledger-checkpoints-from',
    text: `${select} AND c.size >= $3 ORDER BY c.size LIMIT $4`,
    values: [organisation, incarnation, size, limit],
  });
  return rows.map(entryOf);
}

/** The newest checkpoints that have a cosignature. */
export async function newestCosigned(
  on: Pool | PoolClient,
  { organisation, incarnation }: TreeName,
  limit: number,
): Promise<CheckpointEntry[]> {
  const { rows } = await on.query<Row>({
    name: 'ledger-checkpoints-cosigned',
    text: `${select} AND c.size IN (
             SELECT DISTINCT size FROM ledger.cosignatures
             WHERE organisation = $1 AND incarnation = $2 ORDER BY size DESC LIMIT $3)
           ORDER BY c.size DESC`,
    values: [organisation, incarnation, limit],
  });
  return rows.map(entryOf);
}

/** The first checkpoint that covers a position. */
export async function checkpointCovering(
  on: Pool | PoolClient,
  { organisation, incarnation }: TreeName,
  position: bigint,
): Promise<CheckpointEntry | undefined> {
  const { rows } = await on.query<Row>({
    name: 'ledger-checkpoint-covering',
    text: `${select} AND c.position >= $3 ORDER BY c.position LIMIT 1`,
    values: [organisation, incarnation, position],
  });
  return rows[0] && entryOf(rows[0]);
}

/** Stores a checkpoint of a tree that grows; false where the tree is followed by another, or goes less far. */
export async function insertCheckpoint(client: PoolClient, entry: CheckpointEntry): Promise<boolean> {
  const { organisation, incarnation, size, position, root, note, signedAt } = entry;
  const { rowCount } = await client.query({
    name: 'ledger-checkpoint-insert',
    text: `INSERT INTO ledger.checkpoints (organisation, incarnation, size, position, root, note, signed_at)
           SELECT t.organisation, t.incarnation, $3, $4, $5, $6, $7 FROM (
             SELECT organisation, incarnation FROM ledger.trees
             WHERE organisation = $1 AND incarnation = $2 AND size >= $3 AND through IS NULL FOR SHARE) t`,
    values: [organisation, incarnation, size, position, root, note, signedAt],
  });
  return rowCount === 1;
}

function entryOf({ size, position, signed_at, token, lines, ...row }: Row): CheckpointEntry {
  return {
    ...row,
    size: Number(size),
    position: BigInt(position),
    signedAt: signed_at,
    cosignatures: lines ?? [],
    ...(token === null ? {} : { timestamp: token }),
  };
}
