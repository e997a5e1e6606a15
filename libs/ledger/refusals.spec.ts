import fc from 'fast-check';
import {
  checkpointText,
  cosign,
  emptyRoot,
  formatAddCheckpoint,
  formatConsistency,
  formatEntries,
  formatNote,
  formatProof,
  formatVerifierKey,
  openCheckpoint,
  parseAddCheckpoint,
  parseConsistency,
  parseEntries,
  parseProof,
  parseSignatureLines,
  parseTrustPolicy,
  parseVerifierKey,
  signNote,
  verifyCosignatures,
} from '.';
import { refusalOf } from './spec-support/refusal';
import { signerOf } from './spec-support/signers';

const log = signerOf('log.example/one');
const witness = signerOf('witness.example/w1', 0x04, 9);

/** One place of the bytes cut out, doubled, or replaced by others, up to four times. */
const damage = fc.array(
  fc.record({ at: fc.nat(), removed: fc.nat(8), added: fc.oneof(fc.uint8Array({ maxLength: 4 }), fc.constant('\n')) }),
  { minLength: 1, maxLength: 4 },
);

function damaged(
  bytes: Buffer,
  changes: readonly { at: number; removed: number; added: Uint8Array | string }[],
): Buffer {
  return changes.reduce((now, { at, removed, added }) => {
    const from = at % (now.length + 1);
    return Buffer.concat([now.subarray(0, from), Buffer.from(added as string), now.subarray(from + removed)]);
  }, bytes);
}

describe('what was damaged', () => {
  const cases = async () => {
    const note = await signNote(checkpointText({ origin: log.key.name, size: 3, root: emptyRoot }), [log]);
    const signatures = [...note.signatures, await cosign(note, witness, new Date(1_700_000_000_000))];
    const checkpoint = formatNote({ ...note, signatures });
    const proof = [emptyRoot, emptyRoot];
    const policy = `log ${formatVerifierKey(log.key)}\nwitness w ${formatVerifierKey(witness.key)}\ngroup g 1 w\nquorum g\n`;
    return [
      {
        bytes: checkpoint,
        read: (bytes: Buffer) => {
          const opened = openCheckpoint(bytes, [log.key]);
          verifyCosignatures(opened.note, [witness.key]);
          // What can still be opened says what was signed.
          expect(opened.checkpoint).toEqual({ origin: log.key.name, size: 3, root: emptyRoot });
        },
      },
      { bytes: checkpoint.subarray(checkpoint.lastIndexOf('\n\n') + 2), read: parseSignatureLines },
      {
        bytes: Buffer.from(formatProof({ extra: Buffer.from('more'), index: 1, proof, checkpoint })),
        read: (bytes: Buffer) => parseProof(bytes.toString()),
      },
      {
        bytes: Buffer.from(formatConsistency({ from: 2, fromRoot: emptyRoot, proof, checkpoint })),
        read: (bytes: Buffer) => parseConsistency(bytes.toString()),
      },
      { bytes: formatAddCheckpoint({ old: 2, proof, checkpoint }), read: parseAddCheckpoint },
      { bytes: Buffer.from(policy), read: (bytes: Buffer) => parseTrustPolicy(bytes.toString()) },
      {
        bytes: Buffer.from(formatVerifierKey(log.key)),
        read: (bytes: Buffer) => expect(formatVerifierKey(parseVerifierKey(bytes.toString()))).toBe(bytes.toString()),
      },
      {
        bytes: formatEntries([Buffer.from('one'), Buffer.from('two')]),
        read: (bytes: Buffer) => expect(formatEntries(parseEntries(bytes, 2))).toEqual(bytes),
      },
    ];
  };

  it('is read as what it says now, or refused with a code: never does anything else happen', async () => {
    for (const { bytes, read } of await cases()) {
      expect(refusalOf(() => read(bytes))).toBeUndefined();
      fc.assert(
        fc.property(damage, (changes) => {
          refusalOf(() => read(damaged(bytes, changes)));
        }),
        { numRuns: 500 },
      );
    }
  });
});
