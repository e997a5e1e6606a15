import { limits, vocabularyPath, type LedgerFiles } from '@ardoise/bundle';
import { canonicalJson, type Json } from '@ardoise/format';
import declared from '../../../docs/events.json';
import type { Checks } from './checks';
import { ContentError, parseJson } from './content';
import { refusalOf } from './refusal';
import { shapesIn, Vocabulary, type EventShape } from './vocabulary';

/** The types that this version knows: docs/events.json, compiled in. */
export function ownShapes(): readonly EventShape[] {
  return shapesIn(declared);
}

/** Types that the bundle declares and this version does not know; those that both know must be the same. */
export async function readVocabulary(files: LedgerFiles, checks: Checks): Promise<Vocabulary> {
  try {
    const bytes = await files.read(vocabularyPath, limits.vocabulary);
    if (!bytes) throw new ContentError('file-missing', 'there is no vocabulary.json');
    const shapes = shapesIn(parseJson(bytes, vocabularyPath));
    checks.count('types', 'types', shapes.length);
    const own = new Map(ownShapes().map((shape) => [nameOf(shape), shape]));
    for (const shape of shapes) {
      const ours = own.get(nameOf(shape));
      if (ours === undefined || formOf(ours) === formOf(shape)) continue;
      const detail = `the bundle declares ${nameOf(shape)} otherwise than it is known`;
      checks.wrong('types', { code: 'vocabulary-differs', detail });
    }
    return new Vocabulary(shapes.filter((shape) => !own.has(nameOf(shape))));
  } catch (error) {
    checks.wrong('types', refusalOf(error));
    return new Vocabulary([]);
  }
}

const nameOf = ({ type, schema }: EventShape): string => `"${type}" version ${schema}`;

function formOf(shape: EventShape): string {
  return canonicalJson(shape as unknown as Json);
}
