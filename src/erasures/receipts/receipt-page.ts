import { createHash } from 'node:crypto';
import type { Policy } from '@ardoise/policy';
import { receiptDigest, type Receipt } from './receipt';
import { english, french, type ReceiptWords } from './receipt-words';

/** Of all pages about an erasure. */
export const style = `
body { font: 16px/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin-top: 2rem }
section + section { border-top: 2px solid #1b1b1b; margin-top: 3rem; padding-top: 1rem }
table { border-collapse: collapse; width: 100% } caption { text-align: left; padding: .3rem 0 }
th, td { border: 1px solid #767676; padding: .3rem .5rem; text-align: left; vertical-align: top }
code { font: .8rem/1.4 ui-monospace, monospace; overflow-wrap: anywhere }
pre { white-space: pre-wrap } dt { font-weight: 600 } dd { margin: 0 0 .5rem }
@media print { body { margin: 0; max-width: none; font-size: 11pt } tr { break-inside: avoid } section + section { break-before: page } }
`;

/** What a browser may do with the page: show it with its one style, and nothing else. */
export const receiptPagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The receipt as a page that needs nothing else: French, then English. Every value is escaped. */
export function receiptPage(receipt: Receipt, { name, timeZone }: Pick<Policy, 'name' | 'timeZone'>): string {
  const [before, after] = [french, english].map((words) => section(receipt, words, name, timeZone));
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

function section(receipt: Receipt, words: ReceiptWords, organisation: string, timeZone: string): string {
  const moment = (instant: string): string => momentIn(instant, words.lang, timeZone);
  const { facts } = words;
  return `<section lang="${words.lang}">
<h1>${escaped(words.title)}</h1>
<p>${escaped(words.lead(organisation))}</p>
${receipt.format === 2 && receipt.begunAgain ? `<p>${escaped(words.begunAgain)}</p>` : ''}
<dl>
${entry(facts.destroyed, escaped(moment(receipt.destroyedAt)))}
${entry(facts.completed, escaped(moment(receipt.completedAt)))}
${entry(facts.erasure, code(receipt.erasure))}
${keysOf(receipt, words, moment)}
</dl>
<h2>${escaped(words.kept)}</h2>
${keptOf(receipt, words, moment)}
${words.meaning.map((line) => `<p>${escaped(line)}</p>`).join('\n')}
<h2>${escaped(words.proof)}</h2>
<dl>
${proofOf(receipt, words)}
${entry('SHA-256', code(receiptDigest(receipt)))}
</dl>
<p>${escaped(words.check)}</p>
${endedOf(receipt, words)}
</section>`;
}

function keysOf(receipt: Receipt, words: ReceiptWords, moment: (instant: string) => string): string {
  if (receipt.format === 1 || !receipt.keys) return '';
  const { epoch, horizon } = receipt.keys;
  const until = horizon === undefined ? '' : entry(words.horizon, escaped(moment(horizon)));
  return entry(words.keys, escaped(String(epoch))) + until;
}

function keptOf({ kept }: Receipt, words: ReceiptWords, moment: (instant: string) => string): string {
  if (kept.length === 0) return `<p>${escaped(words.nothingKept)}</p>`;
  const name = (category: string): string => words.categories[category as keyof typeof words.categories] ?? category;
  const { what, ground, until } = words.keptHead;
  const foreign = words.lang === 'fr' ? '' : ' lang="fr"';
  const lines = kept.map(
    (one) =>
      `<tr><td>${escaped(name(one.category))}</td><td${foreign}>${escaped(one.ground)}</td>` +
      `<td>${escaped(moment(one.until))}</td></tr>`,
  );
  return table([what, ground, until], lines);
}

function endedOf({ units }: Receipt, words: ReceiptWords): string {
  const lines = units.map(([unit, fingerprint]) => `<tr><td>${code(unit)}</td><td>${code(fingerprint)}</td></tr>`);
  return `<h2>${escaped(words.ended(units.length))}</h2>\n${table([words.unit, words.fingerprint], lines)}`;
}

function proofOf(receipt: Receipt, words: ReceiptWords): string {
  if (receipt.format === 1) return `<dt>${escaped(words.unsigned)}</dt>`;
  const { key, value } = receipt.signature;
  return entry(words.signed.key, code(key)) + entry(words.signed.value, code(value));
}

function table(heads: readonly string[], lines: readonly string[]): string {
  const head = heads.map((text) => `<th scope="col">${escaped(text)}</th>`).join('');
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${lines.join('\n')}\n</tbody>\n</table>`;
}

const entry = (term: string, html: string): string => `<dt>${escaped(term)}</dt><dd>${html}</dd>`;
const code = (text: string): string => `<code>${escaped(text)}</code>`;

export function momentIn(instant: string, lang: 'fr' | 'en', timeZone: string): string {
  const locale = lang === 'fr' ? 'fr-FR' : 'en-GB';
  const format = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short', timeZone });
  return `${format.format(new Date(instant))} (${timeZone})`;
}

const entities: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}
