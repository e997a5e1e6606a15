import { leafHash } from '@ardoise/format';
import { Pool } from 'pg';
import { AppendArrays, arraysOf } from './append-arrays';
import { Append, AppendOutcome, NewEvent } from './event-store';

const one = 'SELECT log.append_one($1, $2, $3, $4, $5, $6, $7) AS position';
const asExpected = 'SELECT log.append_as_expected($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS before';
const withOutcomes = 'SELECT kinds, versions, before FROM log.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)';

/** triggered_action_exception: a version is not as expected; unique_violation: a command is not new to its stream. */
const notAsExpected = new Set(['09000', '23505']);

/**
 * Appends gathered appends of one organisation, at most one for each stream, in one round trip that is one transaction;
 * in two, the first of them without effect, where anything is not as expected.
 * @returns the outcome of each, in order.
 */
export async function appendTogether(pool: Pool, appends: readonly Append[]): Promise<AppendOutcome[]> {
  const alone = oneEvent(appends);
  const arrays = alone ? undefined : arraysOf(appends);
  try {
    const before = await (alone ? appendOne(pool, alone) : appendAsExpected(pool, arrays as AppendArrays));
    if (before !== undefined) return outcomes(appends, { kinds: [], versions: [], before });
  } catch (error) {
    if (!notAsExpected.has((error as { code?: string }).code ?? '')) throw error;
  }
  return outcomes(appends, await appendWithOutcomes(pool, arrays ?? arraysOf(appends)));
}

type OneEvent = Append & { readonly events: readonly [NewEvent] };

function oneEvent(appends: readonly Append[]): OneEvent | undefined {
  return appends.length === 1 && appends[0]?.events.length === 1 ? (appends[0] as OneEvent) : undefined;
}

/** Gives the position before the event; undefined, with nothing done, when the stream has another version. */
async function appendOne(pool: Pool, append: OneEvent): Promise<bigint | undefined> {
  const { organisation, stream, expectedVersion, events } = append;
  const [{ command, header, sections }] = events;
  const values = [organisation, stream, expectedVersion, command, header, sections, leafHash(header)];
  const { rows } = await pool.query<{ position: string | null }>({ name: 'log-append-one', text: one, values });
  const position = rows[0]?.position ?? null;
  return position === null ? undefined : BigInt(position) - 1n;
}

/** Gives the position before the first event. @throws when not all of them are as expected. */
async function appendAsExpected(pool: Pool, { organisation, appends, events }: AppendArrays): Promise<bigint> {
  const values = [organisation, ...appends, ...events];
  const { rows } = await pool.query<{ before: string }>({ name: 'log-append-as-expected', text: asExpected, values });
  return BigInt(rows[0]?.before ?? 0);
}

interface Outcomes {
  /** 0 or absent: appended, 1: conflict, 2: repeated. */
  readonly kinds: readonly number[];
  readonly versions: readonly string[];
  /** Position before the first event appended. */
  readonly before: bigint;
}

async function appendWithOutcomes(
  pool: Pool,
  { organisation, appends, numbers, events }: AppendArrays,
): Promise<Outcomes> {
  const values = [organisation, ...appends, numbers, ...events];
  const { rows } = await pool.query<{ kinds: number[]; versions: string[]; before: string | null }>({
    name: 'log-append',
    text: withOutcomes,
    values,
  });
  const { kinds = [], versions = [], before = null } = rows[0] ?? {};
  return { kinds, versions, before: BigInt(before ?? 0) };
}

function outcomes(appends: readonly Append[], { kinds, versions, before }: Outcomes): AppendOutcome[] {
  let position = before;
  return appends.map(({ events, expectedVersion }, i) => {
    if (kinds[i] === 2) return { kind: 'repeated' };
    if (kinds[i] === 1) return { kind: 'conflict', version: Number(versions[i]) };
    position += BigInt(events.length);
    return { kind: 'appended', version: expectedVersion + events.length, position };
  });
}
