import type { StoredEvent } from '@ardoise/event-store';
import {
  associatedData,
  ciphertextDigest,
  decrypt,
  FormatError,
  readHeader,
  readSection,
  readSections,
  type Field,
  type Header,
  type SectionHeader,
} from '@ardoise/format';
import type { OpenedKey, UnitKey, UnitReference, Vault } from '@ardoise/vault';
import { categoriesOf, type EventRegistry } from './registry';
import { upcastEvent } from './upcasting';
import {
  envelopeFields,
  type AnyOpened,
  type ClosedSection,
  type EventDeclaration,
  type OpenedSection,
  type SectionDeclaration,
} from './declaration';

/** A stored event that does not open as it should: altered, moved, or under a key that nobody ever made. */
export class TamperedEventError extends Error {
  override readonly name = 'TamperedEventError';
  readonly code = 'event-tampered';

  constructor(
    readonly event: string,
    readonly position: bigint,
    readonly reason: string,
  ) {
    super(`event ${event} at position ${position} is not as it was written: ${reason}`);
  }
}

/** A section with its fields as they stand in its plaintext, the runtime's own among them; or that it does not open. */
export type SectionFields =
  { readonly role: string; readonly key: Omit<UnitKey, 'key'>; readonly fields: readonly Field[] } | ClosedSection;

/** Opens stored events by their declarations: the one way from stored bytes to what they say. */
export class Opener {
  constructor(
    private readonly registry: EventRegistry,
    private readonly vault: Pick<Vault, 'openingKeys'>,
  ) {}

  /**
   * Opens events of one organisation, each in its present version or as the events that it was split into; all keys are
   * asked for at once. With `wanted`, only what may come to those types is opened, and the others are left out; one that
   * is of a type or version unknown here is refused all the same, since nobody can say what it would come to.
   * @throws UnknownEventError, UpcastError, TamperedEventError
   */
  async open(organisation: string, events: readonly StoredEvent[], wanted?: ReadonlySet<string>): Promise<AnyOpened[]> {
    const read: { stored: StoredEvent; header: Header }[] = [];
    const units = new Map<string, UnitReference>();
    for (const stored of events) {
      const header = parseHeader(organisation, stored);
      if (wanted && !this.registry.mayBecome(header.type, header.schema, header.id, wanted)) continue;
      read.push({ stored, header });
      for (const section of header.sections) gather(units, section, stored, header);
    }
    const keys =
      units.size > 0 ? await this.vault.openingKeys(organisation, [...units.values()]) : new Map<string, OpenedKey>();
    const opened: AnyOpened[] = [];
    for (const { stored, header } of read) {
      const event = this.openOne(stored, header, keys);
      if (this.registry.upcasterOf(event.type, event.schema) === undefined) opened.push(event);
      else opened.push(...upcastEvent(this.registry, event).filter(({ type }) => !wanted || wanted.has(type)));
    }
    return opened;
  }

  /** Whether a version is the present one of its type. */
  isPresent(type: string, schema: number): boolean {
    return this.registry.isPresent({ type, schema });
  }

  /** Whether events of a version can be read here. */
  knows(type: string, schema: number): boolean {
    return this.registry.knows(type, schema);
  }

  /**
   * The sections of one event of an organisation with all that their plaintexts hold, salts included: what a disclosure
   * is made from, and so in the version that was stored. In the order of the header.
   * @throws UnknownEventError, TamperedEventError
   */
  async openFields(organisation: string, stored: StoredEvent): Promise<SectionFields[]> {
    const header = parseHeader(organisation, stored);
    const declaration = this.registry.toRead(header.type, header.schema, header.id);
    const units = new Map<string, UnitReference>();
    for (const section of header.sections) gather(units, section, stored, header);
    const keys =
      units.size > 0 ? await this.vault.openingKeys(organisation, [...units.values()]) : new Map<string, OpenedKey>();
    return readOpened(stored, header, declaration, keys);
  }

  private openOne(stored: StoredEvent, header: Header, keys: ReadonlyMap<string, OpenedKey>): AnyOpened {
    const declaration = this.registry.toRead(header.type, header.schema, header.id);
    const { service, request, ...facts } = header.facts;
    return {
      id: header.id,
      organisation: header.organisation,
      stream: header.stream,
      version: header.version,
      position: stored.position,
      schema: header.schema,
      policy: header.policy,
      recordedAt: header.recordedAt,
      command: header.command,
      ...(typeof service === 'string' ? { service } : {}),
      ...(typeof request === 'string' ? { request } : {}),
      type: header.type,
      facts,
      ...openSections(stored, header, declaration, keys),
    };
  }
}

/** Two events cannot name one unit by two fingerprints or days: only one of them would be looked at. */
function gather(
  units: Map<string, UnitReference>,
  section: SectionHeader,
  { position }: StoredEvent,
  { id }: Header,
): void {
  const other = units.get(section.unit);
  if (other === undefined) units.set(section.unit, section);
  else if (other.fingerprint !== section.fingerprint || other.day !== section.day) {
    throw new TamperedEventError(id, position, `unit ${section.unit} is named in two ways`);
  }
}

/** Followers of one log are given the same events: what the first of them read serves the others. */
const headersRead = new WeakMap<Buffer, Header>();

function parseHeader(organisation: string, stored: StoredEvent): Header {
  let header = headersRead.get(stored.header);
  if (!header) {
    try {
      header = readHeader(stored.header);
    } catch (error) {
      throw tampered(stored, 'unknown', error);
    }
    headersRead.set(stored.header, header);
  }
  const inPlace =
    header.organisation === organisation &&
    stored.organisation === organisation &&
    header.stream === stored.stream &&
    header.version === stored.version;
  if (!inPlace) throw new TamperedEventError(header.id, stored.position, 'its header names another place');
  return header;
}

function openSections(
  stored: StoredEvent,
  header: Header,
  declaration: EventDeclaration,
  keys: ReadonlyMap<string, OpenedKey>,
): Pick<AnyOpened, 'sections' | 'closed'> {
  const sections: { [role: string]: OpenedSection } = {};
  const closed: ClosedSection[] = [];
  for (const section of readOpened(stored, header, declaration, keys)) {
    if ('fields' in section) sections[section.role] = toOpened(section.fields, section.key);
    else closed.push(section);
  }
  return { sections, closed };
}

function readOpened(
  stored: StoredEvent,
  header: Header,
  declaration: EventDeclaration,
  keys: ReadonlyMap<string, OpenedKey>,
): SectionFields[] {
  const ciphertexts = ciphertextsOf(stored, header);
  const roles = rolesOf(stored, header, declaration);
  return header.sections.map((section, index) => {
    const [role, declared] = roles[index] as [string, SectionDeclaration];
    const ciphertext = ciphertexts[index] as Buffer;
    const key = keys.get(section.unit) ?? { state: 'unknown' };
    // Looked at before the key's state: what was altered must not read as erased.
    if (ciphertextDigest(ciphertext) !== section.ciphertext) {
      throw new TamperedEventError(header.id, stored.position, 'ciphertext-differs');
    }
    if ((section.day !== undefined) !== (declared.byDay === true)) {
      throw new TamperedEventError(header.id, stored.position, 'a day stands where none is declared, or lacks');
    }
    if (key.state === 'open') {
      checkKey(stored, header, section, declared, key.key);
      return { role, key: key.key, fields: openSection(stored, header, index, section, ciphertext, key.key) };
    }
    if (key.state === 'unknown' || key.state === 'missing') {
      throw new TamperedEventError(header.id, stored.position, `the key of unit ${section.unit} is ${key.state}`);
    }
    return { role, unit: section.unit, state: key.state === 'destroyed' ? 'erased' : 'lost' };
  });
}

function ciphertextsOf(stored: StoredEvent, header: Header): Buffer[] {
  let ciphertexts: Buffer[];
  try {
    ciphertexts = readSections(stored.sections);
  } catch (error) {
    throw tampered(stored, header.id, error);
  }
  if (ciphertexts.length === header.sections.length) return ciphertexts;
  throw new TamperedEventError(header.id, stored.position, 'its sections are not those of its header');
}

/** The declared sections, of which only the last may be absent, and only where that is declared. */
function rolesOf(stored: StoredEvent, header: Header, declaration: EventDeclaration): [string, SectionDeclaration][] {
  const roles = Object.entries(declaration.sections);
  const absent = roles.length - header.sections.length;
  if (absent === 0 || (absent === 1 && roles.at(-1)?.[1].optional)) return roles;
  throw new TamperedEventError(header.id, stored.position, 'its sections are not those of its type');
}

/** The vault's word on the unit against the header's and the declaration's. */
function checkKey(
  stored: StoredEvent,
  header: Header,
  section: SectionHeader,
  declared: SectionDeclaration,
  key: UnitKey,
): void {
  if (!categoriesOf(declared).includes(key.category)) {
    throw new TamperedEventError(header.id, stored.position, `unit ${key.unit} is of another category`);
  }
  if (key.unit !== section.unit || key.fingerprint !== section.fingerprint || key.day !== section.day) {
    throw new TamperedEventError(header.id, stored.position, `unit ${section.unit} is another in the vault`);
  }
}

function openSection(
  stored: StoredEvent,
  header: Header,
  index: number,
  section: SectionHeader,
  ciphertext: Buffer,
  key: UnitKey,
): Field[] {
  const place = associatedData({
    organisation: header.organisation,
    stream: header.stream,
    event: header.id,
    type: header.type,
    schema: header.schema,
    index,
    category: key.category,
    unit: section.unit,
    fingerprint: section.fingerprint,
    commitment: section.commitment,
  });
  try {
    return readSection(decrypt(key.key, ciphertext, place), section.commitment);
  } catch (error) {
    throw tampered(stored, header.id, error);
  }
}

const envelope: ReadonlySet<string> = new Set(envelopeFields);

function toOpened(list: readonly Field[], key: Omit<UnitKey, 'key'>): OpenedSection {
  const fields: { [name: string]: unknown } = {};
  const { unit, category, day } = key;
  const opened: { [name: string]: unknown } = { unit, category, ...(day === undefined ? {} : { day }), fields };
  for (const { name, value } of list) {
    if (envelope.has(name)) opened[name] = value;
    else fields[name] = value;
  }
  return opened as unknown as OpenedSection;
}

function tampered(stored: StoredEvent, event: string, error: unknown): unknown {
  return error instanceof FormatError ? new TamperedEventError(event, stored.position, error.code) : error;
}
