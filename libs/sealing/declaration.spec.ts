import {
  currency,
  day,
  DeclarationError,
  defineEvent,
  digest,
  eventShape,
  EventRegistry,
  flag,
  id,
  instant,
  integer,
  list,
  number,
  oneOf,
  opaque,
  optional,
  record,
  text,
  UnknownEventError,
  type EventDeclaration,
  type FieldType,
} from '.';

const learner = { category: 'learning', fields: { score: number() } };
const graded: EventDeclaration = {
  type: 'attempt-graded',
  schema: 1,
  stream: 'learning',
  facts: {},
  sections: { learner },
};

describe('a declaration', () => {
  const declare = (change: object) => () => defineEvent({ ...graded, ...change });

  it('is taken as it is', () => expect(defineEvent(graded)).toBe(graded));

  it.each<[string, object]>([
    ['a type that is no kebab-case', { type: 'AttemptGraded' }],
    ['a schema version below 1', { schema: 0 }],
    ['a kind of stream that no stream id could begin with', { stream: ['learning', 'Learning'] }],
    ['the fact of the acting service', { facts: { service: text() } }],
    ['the fact of the request', { facts: { request: digest() } }],
    ['a fact that is not camelCase', { facts: { 'starts-on': day() } }],
    ['a fact that would set a prototype', { facts: Object.fromEntries([['__proto__', text()]]) }],
    ['a field that every object has', { sections: { learner: { ...learner, fields: { constructor: text() } } } }],
    ['a field that the runtime writes', { sections: { learner: { ...learner, fields: { person: id() } } } }],
    ['a role that is a number, and so would come first', { sections: { learner, 1: learner } }],
    ['a section without a category', { sections: { learner: { ...learner, category: [] } } }],
    ['an optional section before another', { sections: { author: { ...learner, optional: true }, learner } }],
  ])('is refused with %s', (_, change) => {
    expect(declare(change)).toThrow(DeclarationError);
  });

  it('has a shape that tells any change', () => {
    const author = { category: ['staff', 'account'], fields: {}, optional: true, byDay: true };
    expect(eventShape({ ...graded, sections: { learner, author } })).toEqual({
      type: 'attempt-graded',
      schema: 1,
      stream: 'learning',
      facts: {},
      sections: [
        { role: 'learner', category: 'learning', fields: { score: 'number' } },
        { role: 'author', category: ['staff', 'account'], byDay: true, optional: true, fields: {} },
      ],
    });
  });
});

describe('the registry', () => {
  it('refuses two of one name, and categories that nobody declared', () => {
    expect(() => new EventRegistry([graded, graded], ['learning'])).toThrow(DeclarationError);
    expect(() => new EventRegistry([graded], ['staff'])).toThrow(DeclarationError);
  });

  it('knows what it was given, in its version', () => {
    const registry = new EventRegistry([graded], ['learning']);
    expect(registry.all()).toEqual([graded]);
    expect(registry.toWrite('attempt-graded')).toBe(graded);
    expect(registry.toRead('attempt-graded', 1, 'e')).toBe(graded);
    expect(() => registry.toWrite('attempt-forgotten')).toThrow(DeclarationError);
    expect(() => registry.toRead('attempt-graded', 2, 'e')).toThrow(UnknownEventError);
    expect(() => registry.toRead('constructor', 1, 'e')).toThrow(UnknownEventError);
  });
});

describe('field types', () => {
  const hex = 'ab'.repeat(16);
  it.each<[string, FieldType<unknown>, unknown[], unknown[]]>([
    ['text', text(3), ['', 'été', '😀'], ['abcd', '\ud800', 1, null, undefined]],
    ['id', id(), [hex], [hex.toUpperCase(), hex + hex, [hex], '']],
    ['digest', digest(), [hex + hex], [hex, [hex + hex]]],
    ['day', day(), ['2028-02-29', '2026-12-31'], ['2027-02-29', '2026-13-01', '2026-1-1', '0000-01-01', 5]],
    [
      'instant',
      instant(),
      ['2026-11-22T10:11:12Z', '2026-11-22T10:11:12.345Z'],
      ['2026-11-22T10:11:12.3Z', '2026-11-31T10:11:12.345Z', '2026-11-22T25:11:12Z', '2026-11-22T10:11:12+01:00', 0],
    ],
    ['currency', currency(), ['EUR'], ['eur', 'EURO', ['EUR']]],
    ['integer', integer(0, 9), [0, 9], [-1, 10, 0.5, NaN, '1']],
    ['number', number(), [0.1, -5], [NaN, Infinity, '1']],
    ['flag', flag(), [true, false], [0, 'true', undefined]],
    ['oneOf', oneOf(['a', 'b']), ['a'], ['c', undefined, 'toString']],
    ['opaque', opaque(), [null, 1, { a: ['b'] }], [undefined, NaN, () => 1, new Date(0), ['\udc00']]],
    ['list', list(flag()), [[], [true]], [{}, [1], null]],
    ['record', record({ a: flag(), b: optional(flag()) }), [{ a: true }, { a: true, b: false }], [{}, [], null, 'a']],
    ['optional', optional(flag()), [undefined, true], [null, 1]],
  ])('%s takes what fits and nothing else', (_, type, fitting, others) => {
    for (const value of fitting) expect(() => type.check(value, 'path')).not.toThrow();
    for (const value of others) expect(() => type.check(value, 'path')).toThrow(DeclarationError);
  });

  it('name the place and never the value', () => {
    const type = list(record({ name: text(3) }));
    expect(() => type.check([{ name: 'abc' }, { name: 'secret' }], 'buyers')).toThrow(
      'buyers/1/name does not fit {"text":3}',
    );
  });

  it('take no member that is not declared, not even one that every object has', () => {
    const type = record({ a: flag() });
    for (const name of ['b', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(() => type.check({ a: true, [name]: 1 }, 'x')).toThrow(`x/${name} is not declared`);
    }
    expect(() => record({ 'a-b': flag() })).toThrow(DeclarationError);
  });
});
