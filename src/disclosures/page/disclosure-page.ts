import { createHash } from 'node:crypto';
import { pageScript } from './page-script.generated';
import { english, french, type PageWords } from './page-words';

const style = `
body { font: 16px/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.15rem; margin-top: 2rem }
section + section { border-top: 2px solid #1b1b1b; margin-top: 3rem; padding-top: 1rem }
dt { font-weight: 600 } dd { margin: 0 0 .5rem; overflow-wrap: anywhere }
.refused, .partly, .verified { border: 2px solid; padding: .5rem 1rem }
.refused { border-color: #b00020; background: #fdecea } .partly { border-color: #8a5a00; background: #fff6e0 }
.verified { border-color: #1b6e3c; background: #e9f6ee }
label { display: block; margin-top: 1rem } input { width: 100%; font: .9rem ui-monospace, monospace }
svg { width: 12rem; height: 12rem } figcaption { font-size: .8rem; overflow-wrap: anywhere; white-space: pre-line }
@media print { body { margin: 0; max-width: none; font-size: 11pt } label, input { display: none } section + section, figure { break-inside: avoid } }
`;

const sha256 = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const allowed = [
  "default-src 'none'",
  `script-src ${sha256(pageScript)}`,
  `style-src ${sha256(style)}`,
  "base-uri 'none'",
  "form-action 'none'",
];

/** What a browser may do with the page: run its one script, show it with its one style, and reach nothing. */
export const disclosurePagePolicy = [...allowed, "frame-ancestors 'none'"].join('; ');

export interface DisclosurePage {
  /** The file's text. */
  readonly disclosure: string;
  /** Where the leaf can be looked up, or what names it; printed below the code. */
  readonly look: string;
  /** The same as an SVG. */
  readonly code: string;
}

/**
 * A disclosure as one file for a browser: French, then English. It carries the file and the verifier; nothing of what is
 * disclosed stands in its own text, so that nothing is shown that was not verified.
 */
export function disclosurePage({ disclosure, look, code }: DisclosurePage): string {
  return `<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escaped(allowed.join('; '))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escaped(french.title)} · ${escaped(english.title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${section(french)}
${section(english)}
<label for="key"><span lang="fr">${escaped(french.keyField)}</span> · <span lang="en">${escaped(english.keyField)}</span></label>
<input id="key" type="text" autocomplete="off" spellcheck="false">
<p id="key-refused"></p>
<figure>
${code}
<figcaption>${escaped(french.look)} · ${escaped(english.look)}
${escaped(look)}</figcaption>
</figure>
</main>
<script type="application/json" id="disclosure">${disclosure.replaceAll('<', '\\u003c')}</script>
<script>${pageScript}</script>
</body>
</html>
`;
}

function section(words: PageWords): string {
  const { lang } = words;
  return `<section lang="${lang}">
<h1>${escaped(words.title)}</h1>
<div id="verdict-${lang}" class="refused"><strong>${escaped(words.notVerified)}</strong><p>${escaped(words.withoutScript)}</p></div>
<div id="shown-${lang}"></div>
${words.meaning.map((line) => `<p>${escaped(line)}</p>`).join('\n')}
</section>`;
}

const entities: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}
