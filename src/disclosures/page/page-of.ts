import { toString as drawCode } from 'qrcode';
import type { MadeDisclosure } from '../commands/make-disclosure/make-disclosure.command';
import { disclosurePage } from './disclosure-page';

/** The page of a disclosure, with a code that leads to the leaf in the ledger, or names it where there is no address. */
export async function pageOf(
  organisation: string,
  { disclosure, leaf }: Pick<MadeDisclosure, 'disclosure' | 'leaf'>,
  publicUrl: string | undefined,
): Promise<string> {
  const { origin, incarnation, index, hash } = leaf;
  const look =
    publicUrl === undefined
      ? `${origin}\n${index}\n${hash}`
      : `${publicUrl}/v1/organisations/${organisation}/ledger/${incarnation}/leaves/${index}`;
  const code = await drawCode(look, { type: 'svg', errorCorrectionLevel: 'M', margin: 2 });
  return disclosurePage({ disclosure, look, code });
}
