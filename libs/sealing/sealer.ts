import type { NewEvent } from '@ardoise/event-store';
import {
  associatedData,
  ciphertextDigest,
  encrypt,
  isId,
  kindOf,
  randomBytes,
  writeHeader,
  writeSection,
  writeSections,
  type Json,
  type Randomness,
  type SectionHeader,
} from '@ardoise/format';
import type { UnitKey, UnitRequest, Vault } from '@ardoise/vault';
import { categoriesOf, type EventRegistry } from './registry';
import { everyVersion, versionToWrite, type VersionsInUse } from './writing';
import type { AnyEvent, EventDeclaration, SectionContent, SectionDeclaration } from './declaration';
import { checkFields, DeclarationError, isMillisecond } from './field-types';

/** An event that is about to be stored, with all that the runtime knows of it. */
export interface EventToSeal {
  readonly id: string;
  readonly event: AnyEvent;
  readonly version: number;
  readonly recordedAt: string;
  readonly policy: number;
  readonly command: Buffer;
  /** Service account that acted, in clear. */
  readonly service?: string;
  /** Where the fact came from: lms, person, staff, import, partner, system… */
  readonly source: string;
  readonly causation?: string;
  readonly correlation?: string;
  readonly request?: string;
}

interface PlannedSection {
  readonly declaration: SectionDeclaration;
  readonly content: SectionContent;
  readonly request: UnitRequest;
}

interface PlannedEvent {
  readonly toSeal: EventToSeal;
  readonly declaration: EventDeclaration;
  readonly facts: AnyEvent['facts'];
  readonly sections: readonly PlannedSection[];
}

/** Seals events by their declarations: the one way from a decision to stored bytes. */
export class Sealer {
  constructor(
    private readonly registry: EventRegistry,
    private readonly vault: Pick<Vault, 'sealingKeys'>,
    /** Given only where frozen bytes are reproduced. */
    private readonly random: Randomness = randomBytes,
    private readonly inUse: VersionsInUse = everyVersion,
  ) {}

  /**
   * The stored bytes of events of one stream; all keys are asked for at once.
   * @throws DeclarationError, UpgradeUnderWayError, VaultError, FormatError, NotCanonicalError
   */
  async seal(organisation: string, stream: string, events: readonly EventToSeal[]): Promise<NewEvent[]> {
    const planned = events.map((toSeal) => this.plan(stream, toSeal));
    const requests = planned.flatMap((event) => event.sections.map((section) => section.request));
    const keys = requests.length > 0 ? await this.vault.sealingKeys(organisation, requests) : [];
    let next = 0;
    return planned.map((event) => {
      const own = keys.slice(next, next + event.sections.length);
      next += event.sections.length;
      return sealEvent(organisation, stream, event, own, this.random);
    });
  }

  private plan(stream: string, toSeal: EventToSeal): PlannedEvent {
    const { declaration, event } = versionToWrite(this.registry, this.inUse, toSeal.event);
    const kinds = typeof declaration.stream === 'string' ? [declaration.stream] : declaration.stream;
    if (!kinds.includes(kindOf(stream))) {
      throw new DeclarationError(`${event.type} belongs to a stream of kind ${kinds.join(' or ')}`);
    }
    checkFields(declaration.facts, event.facts, `${event.type}/facts`);
    for (const role in event.sections) {
      if (!Object.hasOwn(declaration.sections, role))
        throw new DeclarationError(`${event.type}/${role} is not declared`);
    }
    const sections: PlannedSection[] = [];
    for (const role in declaration.sections) {
      const section = declaration.sections[role] as SectionDeclaration;
      const content = event.sections[role];
      if (content) sections.push(planSection(stream, `${event.type}/${role}`, section, content));
      else if (!section.optional) throw new DeclarationError(`${event.type}/${role} is missing`);
    }
    return { toSeal, declaration, facts: event.facts, sections };
  }
}

function planSection(
  stream: string,
  path: string,
  declaration: SectionDeclaration,
  content: SectionContent,
): PlannedSection {
  checkFields(declaration.fields, content.fields, path);
  if (!isId(content.person)) throw new DeclarationError(`${path}/person is no id`);
  if (!isMillisecond(content.occurredAt))
    throw new DeclarationError(`${path}/occurredAt is no instant in milliseconds`);
  const allowed = categoriesOf(declaration);
  const category = content.category ?? allowed[0];
  if (category === undefined || !allowed.includes(category) || (allowed.length > 1 && !content.category)) {
    throw new DeclarationError(`${path} must name one of the categories ${allowed.join(', ')}`);
  }
  if ((content.day !== undefined) !== (declaration.byDay === true)) {
    throw new DeclarationError(`${path}: a day is given exactly where the declaration keeps by the day`);
  }
  const request: UnitRequest = {
    person: content.person,
    stream,
    category,
    ...(content.part === undefined ? {} : { part: content.part }),
    ...(content.day === undefined ? {} : { day: content.day }),
  };
  return { declaration, content, request };
}

function sealEvent(
  organisation: string,
  stream: string,
  planned: PlannedEvent,
  keys: readonly UnitKey[],
  random: Randomness,
): NewEvent {
  const { toSeal, declaration } = planned;
  const ciphertexts: Buffer[] = [];
  const sections: SectionHeader[] = planned.sections.map(({ content }, index) => {
    const key = keys[index] as UnitKey;
    const { plaintext, commitment } = writeSection(sectionValues(toSeal, content, index), random);
    const place = associatedData({
      organisation,
      stream,
      event: toSeal.id,
      type: declaration.type,
      schema: declaration.schema,
      index,
      category: key.category,
      unit: key.unit,
      fingerprint: key.fingerprint,
      commitment,
    });
    const ciphertext = encrypt(key.key, plaintext, place, random);
    ciphertexts.push(ciphertext);
    return {
      ciphertext: ciphertextDigest(ciphertext),
      commitment,
      ...(key.day === undefined ? {} : { day: key.day }),
      fingerprint: key.fingerprint,
      unit: key.unit,
    };
  });
  const header = writeHeader({
    command: toSeal.command.toString('hex'),
    facts: clearFacts(planned),
    format: 1,
    id: toSeal.id,
    organisation,
    policy: toSeal.policy,
    recordedAt: toSeal.recordedAt,
    schema: declaration.schema,
    sections,
    stream,
    type: declaration.type,
    version: toSeal.version,
  });
  return { header, sections: writeSections(ciphertexts), command: toSeal.command };
}

/** Only the first section tells the cause and the request: it is the subject's, the second is who acted. */
function sectionValues(
  { source, causation, correlation, request }: EventToSeal,
  { person, occurredAt, fields }: SectionContent,
  index: number,
): { [name: string]: Json | undefined } {
  const values: { [name: string]: Json | undefined } =
    index === 0 ? { person, occurredAt, source, causation, correlation, request } : { person, occurredAt, source };
  const declared = fields as { readonly [name: string]: Json | undefined };
  for (const name in declared) values[name] = declared[name];
  return values;
}

function clearFacts({ toSeal, facts, sections }: PlannedEvent): { [name: string]: Json | undefined } {
  return {
    ...(facts as { [name: string]: Json | undefined }),
    service: toSeal.service,
    request: sections.length === 0 ? toSeal.request : undefined,
  };
}
