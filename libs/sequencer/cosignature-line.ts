import { parseSignatureLines } from '@ardoise/ledger';
import { LedgerRefusal } from './errors';

/**
 * Who a line is of, as `name+0011aabb`. Whether the signature is right is for whoever gives it to have verified.
 * @throws LedgerRefusal `cosignature-malformed`
 */
export function signerOf(line: string): string {
  const malformed = new LedgerRefusal('cosignature-malformed', 'a cosignature is one line of a signed note');
  try {
    const [signature, ...others] = parseSignatureLines(Buffer.from(line, 'utf8'));
    if (signature && others.length === 0) return `${signature.name}+${signature.id.toString('hex')}`;
  } catch {
    throw malformed;
  }
  throw malformed;
}
