import { invalid } from '@ardoise/decider';
import type { SectionFields } from '@ardoise/sealing';

/** Fields of one section, by name; which section may be left out where only one has them all. */
export interface AskedFields {
  readonly role?: string;
  readonly fields: readonly string[];
}

type Open = Extract<SectionFields, { fields: unknown }>;

/** A section that can be read, and which of its fields were asked for. */
export interface ChosenSection {
  /** Its place in the header. */
  readonly section: number;
  readonly opened: Open;
  readonly shown: readonly string[];
}

/** One that was asked for by its role, and cannot be read. */
export interface ClosedChoice {
  readonly section: number;
  readonly unit: string;
  readonly state: 'erased' | 'lost';
}

/** Says nothing to anybody but the runtime. */
const neverShown = 'request';

/**
 * Which sections and fields are meant. A closed section among them is given back apart: it is for the caller to say why.
 * @throws Refusal `section-unknown`, `section-ambiguous`, `field-unknown`, `fields-missing`
 */
export function choose(
  sections: readonly SectionFields[],
  asked: readonly AskedFields[],
): { readonly open: readonly ChosenSection[]; readonly closed: readonly ClosedChoice[] } {
  if (asked.length === 0) throw invalid('fields-missing', 'must name at least one field', '/sections');
  const open = new Map<number, { opened: Open; shown: Set<string> }>();
  const closed: ClosedChoice[] = [];
  asked.forEach(({ role, fields }, place) => {
    const at = `/sections/${place}`;
    if (fields.length === 0) throw invalid('fields-missing', 'must name at least one field', `${at}/fields`);
    const section = role === undefined ? only(sections, fields, at) : named(sections, role, at);
    const opened = sections[section] as SectionFields;
    if (!('fields' in opened)) {
      closed.push({ section, unit: opened.unit, state: opened.state });
      return;
    }
    const unknown = fields.findIndex((name) => !has(opened, name));
    if (unknown >= 0) throw invalid('field-unknown', 'must be a field of that section', `${at}/fields/${unknown}`);
    const before = open.get(section)?.shown ?? [];
    open.set(section, { opened, shown: new Set([...before, ...fields]) });
  });
  return {
    open: [...open].map(([section, { opened, shown }]) => ({ section, opened, shown: [...shown].sort() })),
    closed,
  };
}

function named(sections: readonly SectionFields[], role: string, at: string): number {
  const section = sections.findIndex((one) => one.role === role);
  if (section >= 0) return section;
  throw invalid('section-unknown', 'must be a section of the event', `${at}/role`);
}

/** Without a role: the only section that has all these fields, or the only closed one where no open one has them. */
function only(sections: readonly SectionFields[], fields: readonly string[], at: string): number {
  const able = sections.flatMap((one, index) =>
    'fields' in one && fields.every((name) => has(one, name)) ? [index] : [],
  );
  const closed = sections.flatMap((one, index) => ('fields' in one ? [] : [index]));
  const [found, another] = able.length > 0 ? able : closed;
  if (another !== undefined) {
    throw invalid('section-ambiguous', 'more than one section may be meant: its role has to be named', `${at}/role`);
  }
  if (found !== undefined) return found;
  throw invalid('field-unknown', 'no section of the event has all of these fields', `${at}/fields`);
}

function has({ fields }: Open, name: string): boolean {
  return name !== neverShown && fields.some((field) => field.name === name);
}
