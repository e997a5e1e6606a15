import { lengthPrefixed, sha256Hex, type Json } from '@ardoise/format';

/** Values of the shapes that have no part of their own. */
const plain: { readonly [shape: string]: (name: string, id: () => string) => unknown } = {
  id: (_, id) => id(),
  digest: (name, id) => sha256Hex(lengthPrefixed([name, id()])),
  day: () => '2026-11-22',
  instant: () => '2026-11-22T09:08:07.654Z',
  currency: () => 'EUR',
  number: () => 17.5,
  flag: () => true,
  opaque: () => ({ 'https://example.org/extension': ['é', 1, null] }),
  'unit and fingerprint': (name, id) => [id(), sha256Hex(lengthPrefixed([name, id()]))],
};

/** A value that a shape allows: see `FieldType.shape`. @throws Error for a shape that is not known here: add it */
export function sampleOf(shape: Json, name: string, id: () => string): unknown {
  if (typeof shape === 'string') {
    const make = plain[shape];
    if (make) return make(name, id);
  } else if (typeof shape === 'object' && shape !== null && !Array.isArray(shape)) {
    const [[kind, of] = ['', null]] = Object.entries(shape);
    switch (kind) {
      case 'text':
        return `${name}: é “ß”`.slice(0, of as number);
      case 'integer':
        return Math.min(Math.max(7, (of as number[])[0] as number), (of as number[])[1] as number);
      case 'oneOf':
        return (of as readonly Json[])[0];
      case 'optional':
        return sampleOf(of as Json, name, id);
      case 'list':
        return [sampleOf(of as Json, name, id), sampleOf(of as Json, name, id)];
      case 'record':
        return Object.fromEntries(
          Object.entries(of as { [member: string]: Json }).map(([member, one]) => [member, sampleOf(one, member, id)]),
        );
    }
  }
  throw new Error(`${name}: no sample of the shape ${JSON.stringify(shape)}; add it to libs/testing/sample-value.ts`);
}
