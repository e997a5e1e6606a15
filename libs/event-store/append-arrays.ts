import { leafHash } from '@ardoise/format';
import { byteaArray, int4Array, int8Array, textArray } from '@ardoise/postgres';
import { Append, NewEvent } from './event-store';

/** Gathered appends as parallel arrays, as the functions of the schema `log` take them. */
export interface AppendArrays {
  readonly organisation: string;
  /** An element for an append: its stream, the version expected, how many events. */
  readonly appends: readonly [streams: Buffer, expected: Buffer, counts: Buffer];
  /** An element for an event: which append it is of, from 1. */
  readonly numbers: Buffer;
  /** An element for an event: stream, version, command, header, sections, leaf. */
  readonly events: readonly Buffer[];
}

export function arraysOf(appends: readonly Append[]): AppendArrays {
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
  return {
    organisation: appends[0]?.organisation ?? '',
    appends: [
      textArray(appends.map(({ stream }) => stream)),
      int8Array(appends.map(({ expectedVersion }) => expectedVersion)),
      int4Array(appends.map((append) => append.events.length)),
    ],
    numbers: int4Array(numbers),
    events: [
      textArray(streams),
      int8Array(versions),
      byteaArray(events.map(({ command }) => command)),
      byteaArray(events.map(({ header }) => header)),
      byteaArray(events.map(({ sections }) => sections)),
      byteaArray(events.map(({ header }) => leafHash(header))),
    ],
  };
}
