import { lineLimits, linesOf, receiptsPath, type LedgerFiles } from '@ardoise/bundle';
import { readGroupReceipt } from '../../../src/keys/ends/group-receipt-shape';
import { verifyGroupReceipt } from '../../../src/keys/ends/group-receipts';
import { ReceiptError } from '../../../src/keys/receipt-members';
import type { Checks } from './checks';
import { exists } from './exists';
import { refusalOf } from './refusal';
import type { Trust } from './trust';
import type { VaultWords } from './vault-words';

export interface ReceiptParts {
  readonly organisation: string;
  readonly trust: Trust;
  /** Absent where the events that ended keys may not be here. */
  readonly words?: VaultWords;
  readonly checks: Checks;
}

/** Every receipt of days and of the organisation: its signature, and what the log says of the groups that it names. */
export async function checkReceipts(files: LedgerFiles, parts: ReceiptParts): Promise<void> {
  const { checks } = parts;
  if (!(await exists(files, receiptsPath))) {
    checks.unchecked('receipts', `${receiptsPath} is not there`);
    return;
  }
  if (!parts.words)
    checks.unchecked('receipts', 'what the log says of them: events before this increment are not here');
  let line = 0;
  try {
    for await (const bytes of linesOf(files.stream(receiptsPath), lineLimits.receipts, receiptsPath)) {
      line += 1;
      checks.count('receipts', 'receipts');
      await checkReceipt(bytes, line, parts);
    }
  } catch (error) {
    checks.wrong('receipts', refusalOf(error));
  }
}

async function checkReceipt(bytes: Buffer, line: number, parts: ReceiptParts): Promise<void> {
  const { checks, trust, organisation, words } = parts;
  const wrong = (code: string, detail: string): void =>
    checks.wrong('receipts', { code, detail: `receipt in line ${line}: ${detail}` });
  try {
    const receipt = readGroupReceipt(bytes.toString('utf8'));
    if (!receipt) return wrong('receipt-kind-unknown', 'it is neither of a day nor of an organisation');
    if (receipt.organisation !== organisation) return wrong('organisation-differs', 'it is of another organisation');
    const publicKey = trust.receipts.get(receipt.signature.key);
    if (publicKey === undefined) return wrong('key-unknown', `keys.json has no key ${receipt.signature.key}`);
    const { wrong: found } = await verifyGroupReceipt(receipt, {
      publicKey,
      ...(words ? { log: words.headers() } : {}),
    });
    if (found) wrong(found.code, found.detail);
  } catch (error) {
    if (!(error instanceof ReceiptError)) throw error;
    wrong(error.code, error.message);
  }
}
