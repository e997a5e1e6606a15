import { ProblemError } from './problem';

/**
 * Refuses whatever holds the number of a payment card, anywhere: in a text, a number or the name of a field, at any depth,
 * written together or split by spaces, hyphens or dots. Card data are the payment provider's alone; nothing of them is
 * stored, logged or echoed here, so the answer names the place and never the value.
 * @param name of a parameter, where the value is no body.
 * @throws ProblemError 422 `card-number-refused`
 */
export function refuseCardNumbers(value: unknown, name?: string): void {
  const place = placeOfCardNumber(value);
  if (place === undefined) return;
  const at = name ?? place;
  const detail = 'must not hold the number of a payment card';
  throw new ProblemError(422, 'card-number-refused', `${at === '' ? 'the request' : at}: ${detail}`, [{ at, detail }]);
}

interface Visit {
  readonly value: unknown;
  readonly at: string;
  readonly field: string;
}

/** JSON pointer of the first place that holds a card number; undefined where there is none. */
export function placeOfCardNumber(root: unknown): string | undefined {
  // A list and no recursion: depth is the client's choice.
  const toVisit: Visit[] = [{ value: root, at: '', field: '' }];
  for (let visit = toVisit.pop(); visit; visit = toVisit.pop()) {
    const { value, at, field } = visit;
    if (typeof value === 'string' && textHoldsCardNumber(value, field)) return at;
    if ((typeof value === 'number' || typeof value === 'bigint') && numberIsCardNumber(value, field)) return at;
    if (Array.isArray(value)) {
      value.forEach((item: unknown, index) => toVisit.push({ value: item, at: `${at}/${index}`, field }));
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, item] of Object.entries(value)) {
        if (textHoldsCardNumber(name, '')) return at;
        toVisit.push({ value: item, at: `${at}/${segment(name)}`, field: name });
      }
    }
  }
  return undefined;
}

/** A field's name as part of a pointer; a long or odd one comes from outside and is not echoed. */
function segment(name: string): string {
  return /^[A-Za-z][A-Za-z0-9_-]{0,39}$/.test(name) ? name : '(unprintable)';
}

/** Card numbers have 12 to 19 digits. */
const shortest = 12;
const longest = 19;

/** Whether a text holds a card number. @param field name of the field that the text stands in. */
export function textHoldsCardNumber(text: string, field: string): boolean {
  if (text.length < shortest || hasFewDigits(text)) return false;
  const plain = withoutIds(text.normalize('NFKC'));
  for (const run of runsOf(plain)) if (runHoldsCardNumber(run, field)) return true;
  return false;
}

/** Most texts are let through here: too few digits, and none of another script. */
function hasFewDigits(text: string): boolean {
  let digits = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return false;
    if (code >= 0x30 && code <= 0x39) digits++;
  }
  return digits < shortest;
}

function numberIsCardNumber(value: number | bigint, field: string): boolean {
  const size = value < 0 ? -value : value;
  if (size < 1e11 || size >= 1e19) return false;
  if (typeof size === 'number' && size > Number.MAX_SAFE_INTEGER) {
    // Its last digits are lost, so no check digit can tell: the issuer's range alone must do. No field takes such a number.
    return issuerOf(BigInt(size).toString()) !== undefined;
  }
  return textHoldsCardNumber(String(size), field);
}

/** What is made of digits and letters by a rule of its own and is no card number. */
const uuid = /(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-z])/gi;
const hexId = /(?<![0-9a-z])(?=[0-9]*[a-f])(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})(?![0-9a-z])/gi;
const ibanShape = /(?<![0-9a-z])[a-z]{2}\d{2}(?: ?[0-9a-z]{4}){2,7}(?: ?[0-9a-z]{1,4})?(?![0-9a-z])/gi;

function withoutIds(text: string): string {
  return text
    .replace(uuid, 'x')
    .replace(hexId, 'x')
    .replace(ibanShape, (found) => (isIban(found.replaceAll(' ', '')) ? 'x' : found));
}

/** ISO 13616: the first four characters at the end, letters as 10 to 35, modulo 97 is 1. */
function isIban(text: string): boolean {
  if (text.length < 15 || text.length > 34) return false;
  let rest = 0;
  for (const character of text.slice(4) + text.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Digits that at most a few separators stand between, in groups of unbroken digits. */
interface Run {
  readonly groups: readonly string[];
  readonly before: string;
}

/** Spaces of all kinds, marks without width, dots, hyphens and underscores. */
const separator = '[\\s.\\-\\u2010-\\u2015\\u2212_\\u00ad\\u200b-\\u200d\\u2060\\ufeff\\u00b7]';
const run = new RegExp(`\\d+(?:${separator}{1,3}\\d+)*`, 'g');

function* runsOf(text: string): Generator<Run> {
  for (const match of text.matchAll(run)) {
    if (match[0].length < shortest) continue;
    const before = text.slice(Math.max(0, match.index - 24), match.index);
    yield { groups: match[0].match(/\d+/g) ?? [], before };
  }
}

/** A card number begins and ends where a group of digits does; amounts or dates may stand beside it. */
function runHoldsCardNumber({ groups, before }: Run, field: string): boolean {
  for (let first = 0; first < groups.length; first++) {
    let digits = '';
    for (let last = first; last < groups.length && digits.length <= longest; last++) {
      digits += groups[last] as string;
      if (isCardNumber(digits) && !isNamedOtherwise(digits, field, first === 0 ? before : '')) return true;
    }
  }
  return false;
}

const registrationField = /^(registration|registrationNumber|siret|siren)$/i;
const siretBefore = /siret\W{0,3}(?:n[°o]\W{0,2})?$/i;
const phoneField = /^(phone|mobile|telephone|tel|fax)$/i;
const phoneBefore = /\+\s?$/;

/** A company's or telephone's number that has the form of a card's, where its field or the text before says so. */
function isNamedOtherwise(digits: string, field: string, before: string): boolean {
  const registered = registrationField.test(field) || siretBefore.test(before);
  // A SIRET is a SIREN of nine digits and five more; both end in a check digit.
  if (registered && digits.length === 14) return passesLuhn(digits.slice(0, 9));
  // International telephone numbers have 15 digits at most (ITU-T E.164).
  return digits.length <= 13 && (phoneField.test(field) || phoneBefore.test(before));
}

export function isCardNumber(digits: string): boolean {
  return digits.length >= shortest && digits.length <= longest && issuerOf(digits) !== undefined && passesLuhn(digits);
}

interface Issuer {
  readonly name: string;
  /** First digits, from and to, of the same length. */
  readonly ranges: readonly (readonly [from: string, to: string])[];
  readonly lengths: readonly number[];
}

const maestroLengths = [12, 13, 14, 15, 16, 17, 18, 19];

/** Ranges of ISO/IEC 7812 issuers in use. Cartes Bancaires are issued in the ranges of Visa and Mastercard. */
const issuers: readonly Issuer[] = [
  { name: 'Visa', ranges: [['4', '4']], lengths: [13, 16, 19] },
  {
    name: 'Mastercard',
    ranges: [
      ['51', '55'],
      ['2221', '2720'],
    ],
    lengths: [16],
  },
  {
    name: 'American Express',
    ranges: [
      ['34', '34'],
      ['37', '37'],
    ],
    lengths: [15],
  },
  {
    name: 'Discover',
    ranges: [
      ['6011', '6011'],
      ['644', '649'],
      ['65', '65'],
      ['622126', '622925'],
    ],
    lengths: [16, 19],
  },
  { name: 'JCB', ranges: [['3528', '3589']], lengths: [16, 17, 18, 19] },
  {
    name: 'Diners Club',
    ranges: [
      ['300', '305'],
      ['309', '309'],
      ['36', '36'],
      ['38', '39'],
    ],
    lengths: [14],
  },
  {
    name: 'Diners Club',
    ranges: [
      ['36', '36'],
      ['38', '39'],
    ],
    lengths: [16, 19],
  },
  {
    name: 'Maestro',
    ranges: [
      ['5018', '5018'],
      ['5020', '5020'],
      ['5038', '5038'],
      ['5612', '5612'],
      ['5893', '5893'],
      ['6304', '6304'],
      ['6390', '6390'],
      ['6759', '6759'],
      ['6761', '6763'],
    ],
    lengths: maestroLengths,
  },
];

/** Who would have issued a card of these digits; undefined where nobody does. */
export function issuerOf(digits: string): string | undefined {
  return issuers.find(
    ({ ranges, lengths }) =>
      lengths.includes(digits.length) &&
      ranges.some(([from, to]) => {
        const head = digits.slice(0, from.length);
        return head >= from && head <= to;
      }),
  )?.name;
}

/** The check digit of ISO/IEC 7812-1, annex B. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
