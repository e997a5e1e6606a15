import { leafHash, readHeader } from '@ardoise/format';
import type { Policy } from '@ardoise/policy';
import { receiptDigest } from '../receipts/receipt';
import { escaped, momentIn, style } from '../receipts/receipt-page';
import type { ErasureProof, ProvenLedger } from './erasure-proof';
import { english, french, type ProofWords } from './proof-words';

/** The proof as a page that needs nothing else: French, then English. Every value is escaped. */
export function proofPage(proof: ErasureProof, { name, timeZone }: Pick<Policy, 'name' | 'timeZone'>): string {
  const [before, after] = [french, english].map((words) => section(proof, words, name, timeZone));
  return `<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(french.title)} · ${escaped(name)}</title>
<style>${style}</style>
</head>
<body>
<main>
${before}
${after}
</main>
</body>
</html>
`;
}

function section(
  { receipt, ledgers }: ErasureProof,
  words: ProofWords,
  organisation: string,
  timeZone: string,
): string {
  const moment = (instant: string): string => momentIn(instant, words.lang, timeZone);
  const { facts } = words;
  const lead = receipt.units.length === 0 ? words.nowhere : words.lead(organisation, receipt.units.length);
  return `<section lang="${words.lang}">
<h1>${escaped(words.title)}</h1>
<p>${escaped(lead)}</p>
<dl>
${entry(facts.erasure, code(receipt.erasure))}
${entry(facts.destroyed, escaped(moment(receipt.destroyedAt)))}
${entry(facts.digest, code(receiptDigest(receipt)))}
</dl>
${ledgers.map((ledger) => placeOf(ledger, words, moment)).join('\n')}
<h2>${escaped(words.says)}</h2>
${words.meaning.map((line) => `<p>${escaped(line)}</p>`).join('\n')}
<p>${escaped(words.check)}</p>
</section>`;
}

function placeOf({ checkpoint, events }: ProvenLedger, words: ProofWords, moment: (instant: string) => string): string {
  const lines = events.map(({ header, index }) => {
    const bytes = Buffer.from(header, 'utf8');
    const { id, recordedAt } = readHeader(bytes);
    const hash = leafHash(bytes).toString('hex');
    return `<tr><td>${index}</td><td>${code(id)}</td><td>${escaped(moment(recordedAt))}</td><td>${code(hash)}</td></tr>`;
  });
  const heads = [words.leaf, words.event, words.recorded, words.leafHash];
  const head = heads.map((text) => `<th scope="col">${escaped(text)}</th>`).join('');
  return `<h2>${escaped(words.where)}</h2>
<table>
<thead><tr>${head}</tr></thead>
<tbody>
${lines.join('\n')}
</tbody>
</table>
<p>${escaped(words.checkpoint(checkpoint.split('\n')[0] as string))}</p>
<pre>${code(checkpoint)}</pre>`;
}

const entry = (term: string, html: string): string => `<dt>${escaped(term)}</dt><dd>${html}</dd>`;
const code = (text: string): string => `<code>${escaped(text)}</code>`;
