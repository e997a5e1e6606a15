import {
  movedPosition,
  readMovedRecord,
  readPoint,
  readRecord,
  RecordMalformedError,
  writeMovedRecord,
  writePoint,
  writeRecord,
} from './record';

/** The bytes of docs/format.md, which never change. */
describe('What is stored on EventStoreDB', () => {
  const event = { command: Buffer.alloc(32, 0xab), header: Buffer.from('{"a":1}'), sections: Buffer.from([1, 2, 3]) };
  const record = `${'ab'.repeat(32)}000000077b2261223a317d010203`;

  it('is of an event: command, length of the header, header, sections', () => {
    expect(writeRecord(event).toString('hex')).toBe(record);
    expect(readRecord(Buffer.from(record, 'hex'))).toEqual(event);
  });

  it('is of an event that was moved here: its position, then the same', () => {
    const moved = `0000000000071234${record}`;
    expect(writeMovedRecord(0x71234n, event).toString('hex')).toBe(moved);
    expect(movedPosition(Buffer.from(moved, 'hex'))).toBe(0x71234n);
    expect(readMovedRecord(Buffer.from(moved, 'hex'))).toEqual(event);
  });

  it('is of a point: what follows, the position, the commit position', () => {
    const [moved, counted] = ['00000000000000000a0000000000000bb8', '01000000000000000a0000000000000bb8'];
    const place = { position: 10n, commit: 3_000n };
    expect(writePoint({ follows: 'moved', ...place }).toString('hex')).toBe(moved);
    expect(readPoint(Buffer.from(counted, 'hex'))).toEqual({ follows: 'counted', ...place });
  });

  it.each([
    ['an event without a header', () => readRecord(Buffer.alloc(36))],
    ['a moved event without a position', () => movedPosition(Buffer.alloc(7))],
    ['a point that is too short', () => readPoint(Buffer.alloc(16))],
    ['a point of a kind that there is not', () => readPoint(Buffer.alloc(17, 2))],
  ])('is not %s', (_, read) => {
    expect(read).toThrow(RecordMalformedError);
  });
});
