import type { StoredEvent } from '@ardoise/event-store';
import {
  associatedData,
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
import {
  envelopeFields,
  type AnyOpened,
  type ClosedSection,
  type EventDeclaration,
  type OpenedSection,
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

/** Opens stored events by their declarations: the one way from stored bytes to what they say. */
export class Opener {
  constructor(
    private readonly registry: EventRegistry,
    private readonly vault: Pick<Vault, 'openingKeys'>,
  ) {}

  /**
   * Opens events of one organisation; all keys are asked for at once. With `wanted`, only those types are opened, and
   * the others are left out.
   * @throws UnknownEventError, TamperedEventError
   */
  async open(organisation: string, events: readonly StoredEvent[], wanted?: ReadonlySet<string>): Promise<AnyOpened[]> {
    const read: { stored: StoredEvent; header: Header }[] = [];
    const units = new Map<string, UnitReference>();
    for (const stored of events) {
      const header = parseHeader(stored);
      if (wanted && !wanted.has(header.type)) continue;
      read.push({ stored, header });
      for (const section of header.sections) units.set(section.unit, section);
    }
    const keys =
      units.size > 0 ? await this.vault.openingKeys(organisation, [...units.values()]) : new Map<string, OpenedKey>();
    return read.map(({ stored, header }) => this.openOne(stored, header, keys));
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

function parseHeader(stored: StoredEvent): Header {
  let header: Header;
  try {
    header = readHeader(stored.header);
  } catch (error) {
    throw tampered(stored, 'unknown', error);
  }
  const inPlace =
    header.organisation === stored.organisation && header.stream === stored.stream && header.version === stored.version;
  if (!inPlace) throw new TamperedEventError(header.id, stored.position, 'its header names another place');
  return header;
}

function openSections(
  stored: StoredEvent,
  header: Header,
  declaration: EventDeclaration,
  keys: ReadonlyMap<string, OpenedKey>,
): Pick<AnyOpened, 'sections' | 'closed'> {
  const roles = Object.keys(declaration.sections);
  const sections: { [role: string]: OpenedSection } = {};
  const closed: ClosedSection[] = [];
  let ciphertexts: Buffer[];
  try {
    ciphertexts = readSections(stored.sections);
  } catch (error) {
    throw tampered(stored, header.id, error);
  }
  if (ciphertexts.length !== header.sections.length || header.sections.length > roles.length) {
    throw new TamperedEventError(header.id, stored.position, 'its sections are not those of its header');
  }
  header.sections.forEach((section, index) => {
    const role = roles[index] as string;
    const key = keys.get(section.unit) ?? { state: 'unknown' };
    if (key.state === 'open') {
      checkCategory(stored, header, declaration, role, key.key);
      sections[role] = openSection(stored, header, index, section, ciphertexts[index] as Buffer, key.key);
    } else if (key.state === 'unknown') {
      throw new TamperedEventError(header.id, stored.position, `the key of unit ${section.unit} is unknown`);
    } else {
      closed.push({ role, unit: section.unit, state: key.state === 'destroyed' ? 'erased' : 'lost' });
    }
  });
  return { sections, closed };
}

function checkCategory(
  stored: StoredEvent,
  header: Header,
  declaration: EventDeclaration,
  role: string,
  key: UnitKey,
): void {
  const section = declaration.sections[role];
  if (!section || !categoriesOf(section).includes(key.category)) {
    throw new TamperedEventError(header.id, stored.position, `unit ${key.unit} is of another category`);
  }
}

function openSection(
  stored: StoredEvent,
  header: Header,
  index: number,
  section: SectionHeader,
  ciphertext: Buffer,
  key: UnitKey,
): OpenedSection {
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
    return toOpened(readSection(decrypt(key.key, ciphertext, place), section.commitment), key);
  } catch (error) {
    throw tampered(stored, header.id, error);
  }
}

const envelope: ReadonlySet<string> = new Set(envelopeFields);

function toOpened(list: readonly Field[], key: UnitKey): OpenedSection {
  const fields: { [name: string]: unknown } = {};
  const opened: { [name: string]: unknown } = { unit: key.unit, category: key.category, fields };
  for (const { name, value } of list) {
    if (envelope.has(name)) opened[name] = value;
    else fields[name] = value;
  }
  return opened as unknown as OpenedSection;
}

function tampered(stored: StoredEvent, event: string, error: unknown): unknown {
  return error instanceof FormatError ? new TamperedEventError(event, stored.position, error.code) : error;
}
