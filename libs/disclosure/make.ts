import { canonicalJson, commitmentOf, fieldDigest, readHeader, type Field } from '@ardoise/format';
import { formatVerifierKey, type VerifierKey } from '@ardoise/ledger';
import { writeDisclosure, type DisclosedSection } from './disclosure';
import { DisclosureError } from './errors';

/** One section of the event, opened, and which of its fields are to be shown. */
export interface SectionToDisclose {
  /** Its place in the header, from 0. */
  readonly section: number;
  /** All of its fields. */
  readonly fields: readonly Field[];
  readonly shown: readonly string[];
}

export interface DisclosureContent {
  /** The stored header's bytes. */
  readonly header: Buffer;
  readonly sections: readonly SectionToDisclose[];
  readonly index: number;
  readonly proof: readonly Buffer[];
  /** The published note. */
  readonly checkpoint: Buffer;
  readonly keys: readonly VerifierKey[];
}

/**
 * The text of a disclosure. Sections of which nothing is shown are left out.
 * @throws DisclosureError `section-unknown`, `field-unknown`, `commitment-differs`, `disclosure-malformed` for one that
 * would show nothing; FormatError for the header
 */
export function makeDisclosure({ header, sections, index, proof, checkpoint, keys }: DisclosureContent): string {
  const { sections: committed } = readHeader(header);
  const disclosed = sections
    .filter(({ shown }) => shown.length > 0)
    .sort((one, other) => one.section - other.section)
    .map((section) => disclose(section, committed[section.section]?.commitment));
  if (disclosed.length === 0)
    throw new DisclosureError('disclosure-malformed', 'a disclosure shows at least one field');
  return writeDisclosure({
    type: 'ardoise-disclosure',
    format: 1,
    checkpoint: checkpoint.toString('utf8'),
    header: header.toString('utf8'),
    index,
    keys: keys.map(formatVerifierKey),
    proof: proof.map((hash) => hash.toString('base64')),
    sections: disclosed,
  });
}

function disclose({ section, fields, shown }: SectionToDisclose, commitment: string | undefined): DisclosedSection {
  if (commitment === undefined) throw new DisclosureError('section-unknown', `the event has no section ${section}`);
  const unknown = shown.find((name) => !fields.some((field) => field.name === name));
  if (unknown !== undefined) throw new DisclosureError('field-unknown', `section ${section} has no such field`);
  const digests = fields.map(({ name, salt, value }) => fieldDigest(name, salt, canonicalJson(value)));
  if (commitmentOf(digests) !== commitment) {
    throw new DisclosureError('commitment-differs', `these are not the fields of section ${section}`);
  }
  return {
    section,
    fields: fields
      .filter(({ name }) => shown.includes(name))
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .map(({ name, salt, value }) => [name, salt, value]),
    others: digests.filter((_, place) => !shown.includes((fields[place] as Field).name)).sort(),
  };
}
