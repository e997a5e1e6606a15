import { byteaArray, int4Array, int8Array, textArray } from '@ardoise/postgres';
import { leafHash } from '@ardoise/format';
import { Pool } from 'pg';
import { Append, AppendOutcome, NewEvent } from './event-store';

const text = 'SELECT kinds, versions, before FROM log.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)';

interface Row {
  readonly kinds: readonly number[];
  readonly versions: readonly string[];
  /** Null when nothing was appended. */
  readonly before: string | null;
}

/**
 * Appends gathered appends of one organisation, at most one for each stream, in one round trip that is one transaction.
 * @returns the outcome of each, in order.
 */
export async function appendTogether(pool: Pool, appends: readonly Append[]): Promise<AppendOutcome[]> {
  const { rows } = await pool.query<Row>({ name: 'log-append', text, values: parameters(appends) });
  return outcomes(appends, rows[0] as Row);
}

function parameters(appends: readonly Append[]): unknown[] {
  const numbers: number[] = [];
  const streams: string[] = [];
  const versions: number[] = [];
  const events: NewEvent[] = [];
  appends.forEach((append, i) => {
    append.events.forEach((event, j) => {
      numbers.push(i + 1);
      streams.push(append.stream);
      versions.push(append.expectedVersion + j);
      events.push(event);
    });
  });
  return [
    appends[0]?.organisation,
    textArray(appends.map(({ stream }) => stream)),
    int8Array(appends.map(({ expectedVersion }) => expectedVersion)),
    int4Array(appends.map((append) => append.events.length)),
    int4Array(numbers),
    textArray(streams),
    int8Array(versions),
    byteaArray(events.map(({ command }) => command)),
    byteaArray(events.map(({ header }) => header)),
    byteaArray(events.map(({ sections }) => sections)),
    byteaArray(events.map(({ header }) => leafHash(header))),
  ];
}

function outcomes(appends: readonly Append[], { kinds, versions, before }: Row): AppendOutcome[] {
  let position = BigInt(before ?? 0);
  return appends.map(({ events, expectedVersion }, i) => {
    if (kinds[i] === 2) return { kind: 'repeated' };
    if (kinds[i] === 1) return { kind: 'conflict', version: Number(versions[i]) };
    position += BigInt(events.length);
    return { kind: 'appended', version: expectedVersion + events.length, position };
  });
}
