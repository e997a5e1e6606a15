import * as fc from 'fast-check';
import { isCardNumber, placeOfCardNumber, passesLuhn, refuseCardNumbers } from './card-numbers';
import { ProblemError } from './problem';

/** Digits with the check digit that makes them pass. */
function checked(digits: string): string {
  const last = Array.from({ length: 10 }, (_, digit) => `${digits}${digit}`).find(passesLuhn);
  return last as string;
}

const issued = [
  ['4', 13],
  ['4', 16],
  ['4', 19],
  ['51', 16],
  ['55', 16],
  ['2221', 16],
  ['2720', 16],
  ['34', 15],
  ['37', 15],
  ['6011', 16],
  ['644', 16],
  ['65', 16],
  ['622500', 16],
  ['3528', 16],
  ['3589', 19],
  ['300', 14],
  ['305', 14],
  ['36', 14],
  ['38', 14],
  ['36', 16],
  ['5018', 12],
  ['6304', 19],
  ['6763', 16],
] as const;

const digitsOf = (length: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length }).map((list) => list.join(''));

const card = fc
  .constantFrom(...issued)
  .chain(([prefix, length]) => digitsOf(length - prefix.length - 1).map((middle) => checked(prefix + middle)));

const separators = ['', ' ', '-', '.', '\u00a0', '\u202f', '–', ' - ', '\u200b'];

/** The card's digits with separators anywhere between them. */
const written = card.chain((digits) =>
  fc
    .array(fc.constantFrom(...separators), { minLength: digits.length - 1, maxLength: digits.length - 1 })
    .map((between) => [...digits].map((digit, index) => digit + (between[index] ?? '')).join('')),
);

const words = fc.string({ maxLength: 30 }).map((text) => text.replace(/[\d\p{N}]/gu, '').replace(/iret/gi, '') + ':');

/** The value somewhere in a body. */
const placed = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(value, fc.array(fc.constantFrom('list', 'object'), { maxLength: 6 }))
    .map(([inner, wraps]) =>
      wraps.reduce<unknown>((body, wrap) => (wrap === 'list' ? ['x', body] : { label: 'x', lines: body }), inner),
    );

function refusal(value: unknown): ProblemError | undefined {
  try {
    refuseCardNumbers(value);
    return undefined;
  } catch (error) {
    return error as ProblemError;
  }
}

describe('card numbers', () => {
  it('are refused wherever and however they are written, and never echoed', () => {
    const text = fc.tuple(words, written, words).map(([before, number, after]) => `${before} ${number} ${after}`);
    fc.assert(
      fc.property(placed(text), (body) => {
        const error = refusal(body);
        expect(error).toMatchObject({ status: 422, code: 'card-number-refused' });
        expect(JSON.stringify([error?.message, error?.errors])).not.toMatch(/\d{4}/);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are refused as JSON numbers, and so is what is too long to be told apart', () => {
    fc.assert(
      fc.property(placed(card.map(Number)), (body) => {
        expect(refusal(JSON.parse(JSON.stringify(body)))?.code).toBe('card-number-refused');
      }),
    );
  });

  it.each([
    '4111111111111111',
    '4222222222222',
    '5555 5555 5555 4444',
    '2223-0031-2200-3222',
    '3782 822463 10005',
    '6011.1111.1111.1117',
    '3530111333300000',
    '3056 930902 5904',
    '36227206271667',
    '6759649826438453',
    'carte4970101234567893 exp 12/27',
    '４１１１１１１１１１１１１１１１',
    'payé 45 000.00 par 4111 1111 1111 1111 le 12/03',
  ])('%s is one', (text) => {
    expect(placeOfCardNumber(text)).toBe('');
  });

  it('are named by their place', () => {
    expect(refusal({ lines: [{ label: 'a' }, { label: '4111 1111 1111 1111' }] })?.errors).toEqual([
      { at: '/lines/1/label', detail: 'must not hold the number of a payment card' },
    ]);
    expect(refusal({ changes: { '4111111111111111': true } })?.errors?.[0]?.at).toBe('/changes');
    expect(refusal({ '4 x': { note: '4111111111111111' } })?.errors?.[0]?.at).toBe('/(unprintable)/note');
  });

  it('are found at any depth', () => {
    let body: unknown = '4111111111111111';
    for (let depth = 0; depth < 100_000; depth++) body = [body];
    expect(placeOfCardNumber(body)).toBeDefined();
  });
});

describe('what is no card number', () => {
  const siren = digitsOf(8).map(checked);
  const siret = siren.chain((nine) => digitsOf(4).map((four) => checked(nine + four)));

  it('is a SIRET in its field, or after its name', () => {
    fc.assert(
      fc.property(siret, (number) => {
        const spaced = number.replace(/^(...)(...)(...)/, '$1 $2 $3 ');
        expect(placeOfCardNumber({ buyer: { registration: number } })).toBeUndefined();
        expect(placeOfCardNumber({ siret: spaced })).toBeUndefined();
        expect(placeOfCardNumber({ label: `ACME, SIRET ${spaced}` })).toBeUndefined();
        expect(placeOfCardNumber({ label: `SIRET n° ${number}` })).toBeUndefined();
      }),
    );
  });

  it('is a SIRET anywhere outside the ranges of Diners Club', () => {
    fc.assert(
      fc.property(siret, (number) => {
        fc.pre(!/^(30[0-5]|309|36|38|39)/.test(number) && !/^(50|56|58|63|67)/.test(number));
        expect(placeOfCardNumber({ label: number })).toBeUndefined();
      }),
    );
  });

  it('does not hide in a registration', () => {
    expect(placeOfCardNumber({ registration: '4111111111111111' })).toBe('/registration');
    expect(placeOfCardNumber({ registration: '5555 5555 5555 4444' })).toBe('/registration');
  });

  it('is a SIREN, a telephone number, a UUID, an id, a day, an instant, an IBAN', () => {
    const phone = fc.oneof(
      digitsOf(8).map((digits) => `0${digits.replace(/(..)/g, ' $1')}`.replace(/^0 /, '06 ')),
      digitsOf(9).map((digits) => `+33 ${digits}`),
      fc
        .tuple(fc.constantFrom('+49', '+43', '+1', '+44'), digitsOf(11))
        .map(([code, rest]) => `${code}${rest}`.slice(0, 14)),
    );
    const hex = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'));
    const day = fc.date({ noInvalidDate: true, min: new Date('1900-01-01'), max: new Date('2100-01-01') });
    const iban = fc
      .tuple(fc.constantFrom('FR', 'DE', 'BE'), digitsOf(23))
      .map(([country, digits]) =>
        ibanOf(country, country === 'FR' ? digits : digits.slice(0, country === 'DE' ? 18 : 12)),
      )
      .map((plain) => plain.replace(/(....)/g, '$1 ').trim());
    const harmless = fc.oneof(
      siren,
      phone,
      hex,
      fc.uuid(),
      day.map((date) => date.toISOString()),
      day.map((date) => date.toISOString().slice(0, 10)),
      iban,
      fc.integer({ min: 0, max: 99_999_999_999 }),
      fc.double({ noNaN: true, min: 0, max: 1e10 }),
    );
    fc.assert(
      fc.property(placed(harmless), (body) => {
        expect(placeOfCardNumber(body)).toBeUndefined();
      }),
      { numRuns: 3_000 },
    );
  });

  it('has a wrong check digit, or no issuer', () => {
    fc.assert(
      fc.property(card, fc.integer({ min: 1, max: 9 }), (digits, step) => {
        const wrong = digits.slice(0, -1) + String((Number(digits.at(-1)) + step) % 10);
        expect(isCardNumber(wrong)).toBe(false);
      }),
    );
    expect(isCardNumber(checked('910000000000000'))).toBe(false);
  });
});

/** An IBAN with its check digits (ISO 13616). */
function ibanOf(country: string, account: string): string {
  const letters = [...country].map((letter) => String(letter.charCodeAt(0) - 55)).join('');
  const rest = BigInt(`${account}${letters}00`) % 97n;
  return `${country}${String(98n - rest).padStart(2, '0')}${account}`;
}
