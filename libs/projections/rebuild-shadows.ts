import type { Lease } from '@ardoise/lanes';
import { inTransaction } from '@ardoise/postgres';
import type { PoolClient } from 'pg';
import type { Registered } from './apply-batch';
import { readCheckpoints } from './checkpoints';
import type { RebuildParts } from './rebuild';
import { shadowSchema, quoted } from './read-table';
import { createShadow, shadowFits } from './shadow-tables';

/**
 * Goes on with the shadows of an interrupted rebuild when they are of these projections in these versions and fit the
 * live tables; else makes them anew.
 */
export async function prepareShadows(
  { pool, leases, log }: RebuildParts,
  lease: Lease,
  selected: readonly Registered[],
): Promise<void> {
  await inTransaction(pool, async (client) => {
    await leases.guard(client, lease);
    if (await canGoOn(client, selected)) {
      log.info({ fence: lease.fence }, 'going on with an interrupted rebuild');
      return;
    }
    await dropShadows(client);
    for (const { tables } of selected) for (const table of tables.values()) await createShadow(client, table);
  });
}

async function canGoOn(client: PoolClient, selected: readonly Registered[]): Promise<boolean> {
  const shadows = await readCheckpoints(client, { generation: 'shadow' });
  const found = new Set(shadows.map(({ projection, version }) => `${projection} ${version}`));
  const wanted = selected.map(({ projection }) => `${projection.name} ${projection.version}`);
  if (found.size !== wanted.length || !wanted.every((name) => found.has(name))) return false;
  // Projections of an organisation go on together, or not at all.
  const positions = new Set(shadows.map(({ organisation, position }) => `${organisation} ${position}`));
  const organisations = new Set(shadows.map(({ organisation }) => organisation));
  if (positions.size !== organisations.size || shadows.some((shadow) => shadow.stopped)) return false;
  for (const { tables } of selected) {
    for (const table of tables.values()) if (!(await shadowFits(client, table))) return false;
  }
  return true;
}

/** Ends a rebuild: no shadow table, of whatever rebuild, and no shadow checkpoint is left. */
export async function discardShadows(
  { pool, leases }: Pick<RebuildParts, 'pool' | 'leases'>,
  lease: Lease,
): Promise<void> {
  await inTransaction(pool, async (client) => {
    await leases.guard(client, lease);
    await dropShadows(client);
  });
}

async function dropShadows(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = $1 ORDER BY 1',
    [shadowSchema],
  );
  for (const { name } of rows) await client.query(`DROP TABLE ${shadowSchema}.${quoted(name)}`);
  await client.query(`DELETE FROM read.checkpoints WHERE generation = 'shadow'`);
  await client.query(`DELETE FROM read.day_units WHERE generation = 'shadow'`);
}
