import { pause } from '@ardoise/lanes';
import type { Registered } from './apply-batch';
import { readCheckpoints } from './checkpoints';
import type { RebuildParts } from './rebuild';
import { comparablePosition, compareOne, type Comparison } from './rebuild-compare';

type Parts = Pick<RebuildParts, 'store' | 'pool' | 'log'>;

/** SQLSTATE of a lock that was not to be had in time. */
const lockNotAvailable = '55P03';
const mostTries = 5;
const pauseMilliseconds = 200;

/** How far the living tables are that rebuilt ones can be compared with, by organisation. */
export async function comparablePositions(
  { store, pool }: Parts,
  selected: readonly Registered[],
): Promise<Map<string, bigint>> {
  const positions = new Map<string, bigint>();
  for (const organisation of await store.organisations()) {
    const position = await comparablePosition(pool, organisation, selected);
    if (position !== undefined) positions.set(organisation, position);
  }
  return positions;
}

/** Brings an organisation's rebuilt tables from one position to another. */
export type Fill = (organisation: string, from: bigint, upTo: bigint) => Promise<void>;

/** Compares the rebuilt tables of every organisation with the living ones, and says in the log where they are not alike. */
export async function compareAll(
  parts: Parts,
  selected: readonly Registered[],
  signal: AbortSignal,
  fill: Fill,
): Promise<Comparison> {
  const all: Comparison[] = [];
  for (const organisation of await parts.store.organisations()) {
    const found = await compareOrganisation(parts, organisation, selected, signal, fill);
    for (const { position, ...difference } of found.differences) {
      const at = { ...difference, position: position.toString(), code: 'rebuild-differs' };
      parts.log.error(at, 'a rebuilt table is not what is shown');
    }
    all.push(found);
  }
  return {
    alike: all.reduce((sum, { alike }) => sum + alike, 0),
    differences: all.flatMap(({ differences }) => differences),
    uncompared: all.flatMap(({ uncompared }) => uncompared),
  };
}

async function compareOrganisation(
  { pool }: Parts,
  organisation: string,
  selected: readonly Registered[],
  signal: AbortSignal,
  fill: Fill,
): Promise<Comparison> {
  for (let tries = 1; ; tries++) {
    try {
      const found = await compareOne(pool, organisation, selected, async (upTo) => {
        const [shadow] = await readCheckpoints(pool, { organisation, generation: 'shadow' });
        if (shadow && upTo !== undefined) await fill(organisation, shadow.position, upTo);
      });
      // What a rebuild that was interrupted has passed, the living tables come to, where somebody works on them.
      if (tries >= mostTries || !found.uncompared.some(({ why }) => why === 'another-position')) return found;
    } catch (error) {
      if ((error as { code?: unknown }).code !== lockNotAvailable) throw error;
    }
    await pause(pauseMilliseconds, signal);
    signal.throwIfAborted();
  }
}
