import { limits, vocabularyPath, type LedgerFiles } from '@ardoise/bundle';
import { canonicalJson, type Json } from '@ardoise/format';
import declared from '../../../docs/events.json';
import type { Checks } from './checks';
import { ContentError, parseJson } from './content';
import { refusalOf } from './refusal';
import { shapesIn, Vocabulary, type EventShape } from './vocabulary';

const own = shapesIn(declared);
const ownForms = new Map(own.map((shape) => [nameOf(shape), formOf(shape)]));
const compiled = new Vocabulary(own);

/** The types that this version knows: docs/events.json, compiled in. */
export function ownShapes(): readonly EventShape[] {
  return own;
}

export function ownVocabulary(): Vocabulary {
  return compiled;
}

/** What vocabulary.json declares. */
export interface Bundled {
  /** The types that this version does not know. */
  readonly others: Vocabulary;
  /** Names and schemas of all; absent where the file is refused anyway. */
  readonly declared?: ReadonlySet<string>;
}

/** Types that the bundle declares and this version does not know; those that both know must be the same. */
export async function readVocabulary(files: LedgerFiles, checks: Checks): Promise<Bundled> {
  try {
    const bytes = await files.read(vocabularyPath, limits.vocabulary);
    if (!bytes) throw new ContentError('file-missing', 'there is no vocabulary.json');
    const shapes = shapesIn(parseJson(bytes, vocabularyPath));
    checks.count('types', 'types', shapes.length);
    for (const shape of shapes) {
      const ours = ownForms.get(nameOf(shape));
      if (ours === undefined || ours === formOf(shape)) continue;
      const detail = `the bundle declares ${nameOf(shape)} otherwise than it is known`;
      checks.wrong('types', { code: 'vocabulary-differs', detail });
    }
    const others = new Vocabulary(shapes.filter((shape) => !ownForms.has(nameOf(shape))));
    return { others, declared: new Set(shapes.map(nameOf)) };
  } catch (error) {
    checks.wrong('types', refusalOf(error));
    return { others: new Vocabulary([]) };
  }
}

function nameOf({ type, schema }: EventShape): string {
  return `"${type}" version ${schema}`;
}

function formOf(shape: EventShape): string {
  return canonicalJson(shape as unknown as Json);
}
