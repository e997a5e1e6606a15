import type { NewEvent } from '@ardoise/event-store';

/** The stored form of an event on EventStoreDB, by name and version; docs/format.md has its bytes. */
export const eventType = 'ardoise-event-1';
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

/** What every stream of an organisation begins with. */
export function prefixOf(organisation: string): string {
  return `${organisation}.`;
}

/** What the streams begin with that hold the settings of an organisation's streams. */
export function settingsPrefixOf(organisation: string): string {
  return `$$${organisation}.`;
}

export function nameOf(organisation: string, stream: string): string {
  return `${organisation}.${stream}`;
}
