import { verifyEd25519 } from './ed25519';
import { LedgerError } from './errors';
import { checkText, type Note, type NoteSignature } from './note';
import { isSameKey, noteType, type SignatureType, type VerifierKey } from './verifier-key';

/** A key that signs: in a file, or in a token that never gives it away. */
export interface NoteSigner {
  readonly key: VerifierKey;
  /** Ed25519 of exactly these bytes: 64 bytes. */
  sign(message: Buffer): Promise<Buffer>;
}

/**
 * The text with a signature of each signer, in their order.
 * @throws LedgerError `text-refused`, `note-unsigned` by no signer, `key-type-refused` for a key that cosigns, `signer-wrong`
 * when a signature does not verify.
 */
export async function signNote(text: string, signers: readonly NoteSigner[]): Promise<Note> {
  checkText(text);
  if (signers.length === 0) throw new LedgerError('note-unsigned', 'a note is signed by at least one key');
  const message = Buffer.from(text);
  const signatures = signers.map(async (signer): Promise<NoteSignature> => {
    const signature = await signChecked(signer, noteType, message);
    return { name: signer.key.name, id: signer.key.id, signature };
  });
  return { text, signatures: await Promise.all(signatures) };
}

/**
 * A signature that was verified: what leaves here wrong would be refused by everybody, for ever.
 * @throws LedgerError `key-type-refused`, `signer-wrong`
 */
export async function signChecked(signer: NoteSigner, type: SignatureType, message: Buffer): Promise<Buffer> {
  if (signer.key.type !== type) {
    throw new LedgerError(
      'key-type-refused',
      `the key is of type ${signer.key.type}; this is signed by one of type ${type}`,
    );
  }
  const signature = await signer.sign(message);
  if (verifyEd25519(signer.key.publicKey, message, signature)) return signature;
  throw new LedgerError('signer-wrong', 'the signer gave a signature that its public key does not verify');
}

/**
 * The signatures by those of the keys that sign notes (type 1), each verified; others are left alone. Strict where the
 * specification leaves a choice: one wrong signature of a known key, or two lines of one known key, and the whole note is
 * refused.
 * @throws LedgerError `note-signature-wrong`, `note-signature-twice`, `note-unsigned-by-known`, `verifier-keys-ambiguous`
 */
export function verifyNote(note: Note, keys: readonly VerifierKey[]): NoteSignature[] {
  const message = Buffer.from(note.text);
  const verified = signaturesBy(note, keys, noteType, 'note-signature-twice').map(({ key, signature }) => {
    if (verifyEd25519(key.publicKey, message, signature.signature)) return signature;
    throw new LedgerError('note-signature-wrong', 'a signature by a known key does not verify');
  });
  if (verified.length > 0) return verified;
  throw new LedgerError('note-unsigned-by-known', 'no known key has signed the note');
}

/** The signatures that name one of the keys of that type, with their key; none of them is verified. */
export function signaturesBy(
  note: Note,
  keys: readonly VerifierKey[],
  type: SignatureType,
  twice: 'note-signature-twice' | 'cosignature-twice',
): { key: VerifierKey; signature: NoteSignature }[] {
  const known = byNameAndId(keys.filter((key) => key.type === type));
  const seen = new Set<VerifierKey>();
  return note.signatures.flatMap((signature) => {
    const key = known.get(nameAndId(signature));
    if (!key) return [];
    if (seen.has(key)) throw new LedgerError(twice, 'a known key has two signatures in the note');
    seen.add(key);
    return [{ key, signature }];
  });
}

const nameAndId = ({ name, id }: { name: string; id: Buffer }): string => `${name} ${id.toString('hex')}`;

function byNameAndId(keys: readonly VerifierKey[]): Map<string, VerifierKey> {
  const known = new Map<string, VerifierKey>();
  for (const key of keys) {
    const other = known.get(nameAndId(key));
    if (other && !isSameKey(other, key)) {
      throw new LedgerError('verifier-keys-ambiguous', 'two known keys have one name and one id');
    }
    known.set(nameAndId(key), key);
  }
  return known;
}
