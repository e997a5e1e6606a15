import { verifyEd25519 } from './ed25519';
import { LedgerError } from './errors';
import { checkText, type Note, type NoteSignature } from './note';
import { signaturesBy, signChecked, type NoteSigner } from './note-signing';
import { cosignatureType, type VerifierKey } from './verifier-key';

/** The last second that a Date can hold; the format itself allows up to 2^63 − 1. */
const lastSecond = 8_640_000_000_000n;

/** What a cosignature signs: the time and the whole text of the checkpoint (c2sp.org/tlog-cosignature). */
function signedMessage(text: string, seconds: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);
}

/**
 * That the signer, a witness (key of type 4), saw this checkpoint as the largest of its log at that time, which is cut to
 * whole seconds.
 * @throws LedgerError `text-refused`, `key-type-refused`, `cosignature-time-refused` for a time before 1970, `signer-wrong`
 */
export async function cosign(note: Note, signer: NoteSigner, at: Date): Promise<NoteSignature> {
  checkText(note.text);
  const seconds = Math.floor(at.getTime() / 1000);
  if (!(seconds >= 0)) throw new LedgerError('cosignature-time-refused', 'a cosignature has a time from 1970 on');
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(seconds));
  const signature = await signChecked(signer, cosignatureType, signedMessage(note.text, BigInt(seconds)));
  return { name: signer.key.name, id: signer.key.id, signature: Buffer.concat([time, signature]) };
}

/**
 * Which of the keys that cosign (type 4) did, in the note's order, and when; none is an answer too. As strict as verifyNote:
 * one wrong cosignature of a known key, or two of one, and all are refused.
 * @throws LedgerError `cosignature-wrong`, `cosignature-twice`, `cosignature-time-refused`, `verifier-keys-ambiguous`
 */
export function verifyCosignatures(note: Note, keys: readonly VerifierKey[]): { key: VerifierKey; at: Date }[] {
  return signaturesBy(note, keys, cosignatureType, 'cosignature-twice').map(({ key, signature }) => {
    const bytes = signature.signature;
    const seconds = bytes.length === 72 ? bytes.readBigUInt64BE() : undefined;
    if (seconds === undefined || !verifyEd25519(key.publicKey, signedMessage(note.text, seconds), bytes.subarray(8))) {
      throw new LedgerError('cosignature-wrong', 'a cosignature by a known key does not verify');
    }
    if (seconds > lastSecond) throw new LedgerError('cosignature-time-refused', 'the time of a cosignature is no date');
    return { key, at: new Date(Number(seconds) * 1000) };
  });
}
