import {
  canonicalJson,
  commitmentOf,
  fieldDigest,
  FormatError,
  NotCanonicalError,
  type Header,
  type Json,
} from '@ardoise/format';
import { LedgerError } from '@ardoise/ledger';
import { readDisclosure, type Disclosure, type DisclosedSection } from './disclosure';
import { DisclosureError } from './errors';
import { proveLogged } from './logged';
import { openTrusted, type OpenedCheckpoint, type Trust } from './trust';

export interface Wrong {
  readonly code: string;
  readonly detail: string;
}

/** What a section shows, proven. */
export interface ShownSection {
  readonly section: number;
  readonly fields: readonly { readonly name: string; readonly value: Json }[];
  /** How many fields are not shown. */
  readonly others: number;
}

/** What a disclosure shows, proven; nothing else of it may be shown to anybody. */
export interface Shown extends Pick<OpenedCheckpoint, 'key' | 'witnesses'> {
  readonly event: Pick<Header, 'id' | 'organisation' | 'stream' | 'version' | 'type' | 'schema' | 'recordedAt'>;
  readonly sections: readonly ShownSection[];
  /** Sections of the event of which nothing is shown. */
  readonly hidden: number;
  readonly ledger: {
    readonly origin: string;
    readonly size: number;
    readonly index: number;
    readonly leafHash: string;
  };
}

export type DisclosureCheck =
  | { readonly verdict: 'verified' | 'in-part'; readonly shown: Shown; readonly unchecked: readonly string[] }
  /** The first thing that is wrong. */
  | { readonly verdict: 'refused'; readonly wrong: Wrong };

/** Checks a file, without a key of any vault, a database or a network. Never throws for what the file holds. */
export function checkDisclosure(text: string, trust: Trust = {}): DisclosureCheck {
  try {
    return held(readDisclosure(text), trust);
  } catch (error) {
    return { verdict: 'refused', wrong: wrongOf(error) };
  }
}

/** As `checkDisclosure`. @throws DisclosureError, FormatError, LedgerError */
export function held(
  disclosure: Disclosure,
  trust: Trust,
): DisclosureCheck & { readonly verdict: 'verified' | 'in-part' } {
  const { checkpoint, key, witnesses, unchecked } = openTrusted(disclosure.checkpoint, disclosure.keys, trust);
  const { header, index, leafHash } = proveLogged(disclosure, checkpoint);
  const { id, organisation, stream, version, type, schema, recordedAt } = header;
  return {
    verdict: unchecked.length === 0 ? 'verified' : 'in-part',
    shown: {
      event: { id, organisation, stream, version, type, schema, recordedAt },
      sections: disclosure.sections.map((section) => shownOf(section, header)),
      hidden: header.sections.length - disclosure.sections.length,
      ledger: { origin: checkpoint.origin, size: checkpoint.size, index, leafHash },
      key,
      witnesses,
    },
    unchecked,
  };
}

/** Fields with their salts and the digests of the others give the commitment that stands in the header. */
function shownOf({ section, fields, others }: DisclosedSection, header: Header): ShownSection {
  const committed = header.sections[section];
  if (!committed) throw new DisclosureError('section-unknown', `the event has no section ${section}`);
  const digests = fields.map(([name, salt, value]) => fieldDigest(name, salt, canonicalJson(value)));
  if (commitmentOf([...digests, ...others]) !== committed.commitment) {
    throw new DisclosureError('commitment-differs', `what is shown of section ${section} is not what was recorded`);
  }
  return { section, fields: fields.map(([name, , value]) => ({ name, value })), others: others.length };
}

/** What of an error may be told: a code and words of ours. @throws what is no verdict on the file */
export function wrongOf(error: unknown): Wrong {
  if (error instanceof NotCanonicalError) {
    return { code: 'disclosure-malformed', detail: 'the file holds what has no canonical form' };
  }
  if (error instanceof DisclosureError || error instanceof FormatError || error instanceof LedgerError) {
    return { code: error.code, detail: error.message };
  }
  throw error;
}
