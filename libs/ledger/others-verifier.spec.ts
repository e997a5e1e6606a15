import { createPublicKey } from 'node:crypto';
import { LogCheckpoint, verifyCheckpoint } from '@sigstore/verify/dist/tlog/checkpoint';
import { verifyMerkleInclusion } from '@sigstore/verify/dist/tlog/merkle';
import { checkpointText, cosign, formatNote, inclusionProof, leafHash, rootAt, signNote, type Note } from '.';
import { tilesWith } from './spec-support/naive-tree';
import { signerOf } from './spec-support/signers';

type Entry = Parameters<typeof verifyCheckpoint>[0];
type Log = Parameters<typeof verifyCheckpoint>[1][number];

const origin = 'ardoise.example/organisation/1';
const signer = signerOf(origin);
const witness = signerOf('witness.example/w1', 0x04, 9);
const entries = Array.from({ length: 300 }, (_, index) => Buffer.from(`entry ${index}`));
const source = tilesWith(entries.map(leafHash));

/** Our key as Sigstore has those of its logs: found by the id before a signature. */
const log: Log = {
  logID: signer.key.id,
  baseURL: `https://${origin}`,
  publicKey: createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: signer.key.publicKey.toString('base64url') },
    format: 'jwk',
  }),
  validFor: { start: new Date(0), end: new Date(8.64e15) },
};

async function published(size: number): Promise<Note> {
  const note = await signNote(checkpointText({ origin, size, root: await rootAt(source, size) }), [signer]);
  return { ...note, signatures: [...note.signatures, await cosign(note, witness, new Date(1_700_000_000_000))] };
}

async function entryOf(index: number, size: number, envelope: string): Promise<Entry> {
  const hashes = await inclusionProof(source, index, size);
  const inclusionProofOf = { logIndex: String(index), treeSize: String(size), rootHash: Buffer.alloc(0), hashes };
  return {
    inclusionProof: { ...inclusionProofOf, checkpoint: { envelope } },
    canonicalizedBody: entries[index],
  } as unknown as Entry;
}

describe("Sigstore's verifier", () => {
  it('accepts our checkpoints and the proofs of our leaves', async () => {
    for (const size of [1, 2, 7, 256, 257, 300]) {
      const envelope = formatNote(await published(size)).toString();
      for (const index of new Set([0, 1, Math.floor(size / 2), size - 1].filter((each) => each < size))) {
        const entry = await entryOf(index, size, envelope);
        const checkpoint = verifyCheckpoint(entry, [log]);
        expect(checkpoint).toEqual(new LogCheckpoint(origin, BigInt(size), await rootAt(source, size), []));
        expect(() => verifyMerkleInclusion(entry, checkpoint)).not.toThrow();
      }
    }
  });

  it('refuses them when they were changed', async () => {
    const envelope = formatNote(await published(300)).toString();
    const entry = await entryOf(17, 300, envelope);
    const other = await entryOf(17, 300, envelope.replace('\n300\n', '\n301\n'));
    expect(() => verifyCheckpoint(other, [log])).toThrow('invalid checkpoint signature');
    const elsewhere = await entryOf(18, 300, envelope);
    const wrong = { ...entry, canonicalizedBody: elsewhere.canonicalizedBody } as Entry;
    expect(() => verifyMerkleInclusion(wrong, verifyCheckpoint(entry, [log]))).toThrow('calculated root hash');
  });
});
