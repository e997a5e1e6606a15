import type { NewEvent } from '@ardoise/event-store';

/** The stored form of an event on EventStoreDB, by name and version; docs/format.md has its bytes. */
export const eventType = 'ardoise-event-1';
/** The stored form of an event that was moved here from another engine, with the position that it has there. */
export const movedType = 'ardoise-moved-event-1';
/** The stored form of a point of an organisation's log, from which positions are told. */
export const pointType = 'ardoise-point-1';
/** Whether servers may append to the logs of this engine: what its last event says. */
export const movesStream = 'ardoise-moves';
/** The stored forms of what that stream has. */
export const closedType = 'ardoise-closed-1';
export const openedType = 'ardoise-opened-1';
/** The stored form of an organisation's entry in the list of organisations. */
export const organisationType = 'ardoise-organisation-1';
/** Where organisations are entered. No organisation has a hyphen, so no log's name begins so. */
export const organisationsStream = 'ardoise-organisations';

const commandLength = 32;
const headerAt = commandLength + 4;

/** Bytes that are no event of ours. */
export class RecordMalformedError extends Error {
  override readonly name = 'RecordMalformedError';
  readonly code = 'record-malformed';
}

/** `command ‖ length of the header, 32 bits, big-endian ‖ header ‖ sections`. */
export function writeRecord({ command, header, sections }: NewEvent): Buffer {
  const record = Buffer.allocUnsafe(headerAt + header.length + sections.length);
  command.copy(record);
  record.writeUInt32BE(header.length, commandLength);
  header.copy(record, headerAt);
  sections.copy(record, headerAt + header.length);
  return record;
}

/** @throws RecordMalformedError */
export function readRecord(bytes: Uint8Array): NewEvent {
  const record = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = record.length < headerAt ? 0 : record.readUInt32BE(commandLength);
  if (length === 0 || headerAt + length > record.length) {
    throw new RecordMalformedError(`${record.length} bytes that are no command, header and sections`);
  }
  return {
    command: record.subarray(0, commandLength),
    header: record.subarray(headerAt, headerAt + length),
    sections: record.subarray(headerAt + length),
  };
}

const positionLength = 8;

/** `position, 64 bits, big-endian ‖ record`. */
export function writeMovedRecord(position: bigint, event: NewEvent): Buffer {
  const bytes = Buffer.alloc(positionLength);
  bytes.writeBigUInt64BE(position);
  return Buffer.concat([bytes, writeRecord(event)]);
}

/** @throws RecordMalformedError */
export function movedPosition(bytes: Uint8Array): bigint {
  if (bytes.length < positionLength) throw new RecordMalformedError(`${bytes.length} bytes that are no position`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, positionLength).readBigUInt64BE();
}

/** @throws RecordMalformedError */
export function readMovedRecord(bytes: Uint8Array): NewEvent {
  return readRecord(bytes.subarray(positionLength));
}

/** The event of a position stands at a commit position; what follows it was moved here, or is counted from it. */
export interface Point {
  readonly follows: 'moved' | 'counted';
  readonly position: bigint;
  readonly commit: bigint;
}

/** `0 for moved, 1 for counted ‖ position ‖ commit position`, both in 64 bits, big-endian. */
export function writePoint({ follows, position, commit }: Point): Buffer {
  const bytes = Buffer.alloc(1 + 2 * positionLength);
  bytes.writeUInt8(follows === 'moved' ? 0 : 1);
  bytes.writeBigUInt64BE(position, 1);
  bytes.writeBigUInt64BE(commit, 1 + positionLength);
  return bytes;
}

/** @throws RecordMalformedError */
export function readPoint(bytes: Uint8Array): Point {
  const point = Buffer.from(bytes);
  const kind = point.length === 1 + 2 * positionLength ? point.readUInt8() : 2;
  if (kind > 1) throw new RecordMalformedError(`${point.length} bytes that are no point of a log`);
  const follows = kind === 0 ? 'moved' : 'counted';
  return { follows, position: point.readBigUInt64BE(1), commit: point.readBigUInt64BE(1 + positionLength) };
}

/** Where an organisation's points stand. No organisation's log has a name that begins so. */
export function pointsOf(organisation: string): string {
  return `ardoise-points.${organisation}`;
}

/** What every stream of an organisation begins with. */
export function prefixOf(organisation: string): string {
  return `${organisation}.`;
}

/** What the streams begin with that hold the settings of an organisation's streams. */
export function settingsPrefixOf(organisation: string): string {
  return `$$${organisation}.`;
}

/** What the names of an organisation's streams begin with, and those of their settings. */
export function prefixesOf(organisation: string): string[] {
  return [prefixOf(organisation), settingsPrefixOf(organisation)];
}

export function nameOf(organisation: string, stream: string): string {
  return `${organisation}.${stream}`;
}
