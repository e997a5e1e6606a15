/**
 * Runs in a browser, inside the page of a disclosure; bundled by tools/page. It checks the file that the page carries, and
 * makes all that is shown of it from what was proven, as text. Whatever goes wrong leaves the page as it is: not verified.
 */
import { canonicalJson, type Json } from '@ardoise/format';
import { checkDisclosure, shaped, writeDisclosure, type DisclosureCheck, type Shown } from '@ardoise/disclosure';
import { parseVerifierKey, type VerifierKey } from '@ardoise/ledger';
import { fieldWords } from './field-words';
import { english, french, type PageWords } from './page-words';

/** What of a browser's document is touched. */
interface PageElement {
  textContent: string | null;
  className: string;
  value?: string;
  append(...children: PageElement[]): void;
  replaceChildren(...children: PageElement[]): void;
  addEventListener(type: 'input', listener: () => void): void;
}
interface PageDocument {
  getElementById(id: string): PageElement | null;
  createElement(name: string): PageElement;
}
declare const document: PageDocument;

function place(id: string): PageElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no place for ${id}`);
  return element;
}

function element(name: string, text?: string, ...children: PageElement[]): PageElement {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

const entry = (term: string, value: string, name = 'dd'): PageElement[] => [element('dt', term), element(name, value)];

function check(keys: readonly VerifierKey[] | undefined): DisclosureCheck {
  const carried: unknown = JSON.parse(place('disclosure').textContent ?? '');
  return checkDisclosure(writeDisclosure(shaped(carried)), keys === undefined ? {} : { keys });
}

/** Every language is told the same. */
function show(keys?: readonly VerifierKey[]): void {
  for (const words of [french, english]) refuse(words, words.notVerified);
  const checked = check(keys);
  for (const words of [french, english]) {
    if (checked.verdict === 'refused') refuse(words, `${words.refused} (${checked.wrong.code})`);
    else tell(words, checked.shown);
  }
}

function refuse({ lang }: PageWords, text: string): void {
  place(`shown-${lang}`).replaceChildren();
  const verdict = place(`verdict-${lang}`);
  verdict.className = 'refused';
  verdict.replaceChildren(element('strong', text));
}

function tell(words: PageWords, shown: Shown): void {
  place(`shown-${words.lang}`).replaceChildren(...content(words, shown));
  const verdict = place(`verdict-${words.lang}`);
  verdict.className = shown.key.given ? 'verified' : 'partly';
  verdict.replaceChildren(
    element('strong', shown.key.given ? words.verified : words.partly),
    ...(shown.key.given ? [] : [element('p', words.partlyKey)]),
    element('p', words.partlyWitness),
  );
}

function content(words: PageWords, { event, sections, hidden, ledger, key }: Shown): PageElement[] {
  const side = words.lang === 'fr' ? 0 : 1;
  const fields = sections.flatMap((section) => section.fields);
  const others = sections.reduce((sum, section) => sum + section.others, 0);
  return [
    element('h2', words.shown),
    element(
      'dl',
      undefined,
      ...fields.flatMap(({ name, value }) => entry(fieldWords[name]?.[side] ?? name, textOf(value, words))),
    ),
    element('p', words.hidden(others, hidden)),
    element(
      'dl',
      undefined,
      ...entry(words.event.organisation, event.organisation),
      ...entry(words.event.type, event.type),
      ...entry(words.event.recordedAt, event.recordedAt),
      ...entry(words.event.id, event.id),
      ...entry(words.event.place, `${event.stream} ${event.version}`),
      ...entry(words.ledger.origin, `${ledger.origin}: ${words.ledger.leaf(ledger.index, ledger.size)}`),
      ...entry(words.ledger.leafHash, ledger.leafHash),
      ...entry(words.ledger.key, key.vkey),
    ),
  ];
}

function textOf(value: Json, { yes, no }: PageWords): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? yes : no;
  return canonicalJson(value);
}

/** What the reader pasted; nothing while the field is empty. */
function given(text: string): readonly VerifierKey[] | undefined {
  return text.trim() === '' ? undefined : [parseVerifierKey(text.trim())];
}

function asked(): void {
  const field = place('key');
  const say = place('key-refused');
  say.textContent = '';
  try {
    show(given(field.value ?? ''));
  } catch {
    for (const words of [french, english]) refuse(words, words.notVerified);
    say.textContent = `${french.keyRefused} ${english.keyRefused}`;
  }
}

place('key').addEventListener('input', asked);
show();
