import { leafHash, readHeader, type Header } from '@ardoise/format';
import { verifyInclusion, type Checkpoint } from '@ardoise/ledger';
import type { LoggedEvent } from './disclosure';
import { DisclosureError } from './errors';

/** An event that stands in the ledger of a checkpoint. */
export interface ProvenEvent {
  readonly header: Header;
  readonly index: number;
  /** 64 hexadecimal digits. */
  readonly leafHash: string;
}

/**
 * Whether an event stands in a ledger: header → leaf hash → inclusion → checkpoint, and organisation → origin.
 * @throws FormatError, LedgerError, DisclosureError `ledger-of-another`
 */
export function proveLogged(
  { header: text, index, proof }: LoggedEvent,
  { origin, size, root }: Checkpoint,
): ProvenEvent {
  const bytes = Buffer.from(text, 'utf8');
  const header = readHeader(bytes);
  const leaf = leafHash(bytes);
  verifyInclusion({ index, size, leaf, proof: proof.map((hash) => Buffer.from(hash, 'base64')), root });
  if (origin.split('/').at(-2) !== header.organisation) {
    throw new DisclosureError('ledger-of-another', "the event is not of the ledger's organisation");
  }
  return { header, index, leafHash: leaf.toString('hex') };
}
