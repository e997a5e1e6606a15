import type { StoredEvent } from '@ardoise/event-store';
import {
  fingerprintOf,
  leafHash,
  lengthPrefixed,
  sha256,
  singleStream,
  type Json,
  type Randomness,
} from '@ardoise/format';
import {
  categoriesOf,
  EventRegistry,
  eventShape,
  Opener,
  Sealer,
  type AnyEvent,
  type EventDeclaration,
  type SectionContent,
} from '@ardoise/sealing';
import type { UnitKey, UnitRequest } from '@ardoise/vault';
import { FakeVault } from './fake-vault';
import { sampleOf } from './sample-value';

/** A key of a unit, as a vault would give it. */
interface FrozenKey {
  readonly unit: string;
  readonly person: string;
  readonly category: string;
  readonly day?: string;
  readonly fingerprint: string;
  /** Hexadecimal. */
  readonly key: string;
}

/** One event in one version of its type, as it was stored when that version was the present one. */
export interface FrozenEvent {
  readonly about: string;
  readonly type: string;
  readonly schema: number;
  /** What was declared: {@link eventShape}. */
  readonly shape: Json;
  /** The stored header, which is canonical JSON. */
  readonly header: string;
  /** The stored sections, hexadecimal. */
  readonly sections: string;
  readonly keys: readonly FrozenKey[];
  /** What it says in its own version. */
  readonly says: AnyEvent;
}

const organisation = 'moniravique';
const occurredAt = '2026-11-22T10:11:12.345Z';
const day = '2026-11-22';

/**
 * Stores one event of a declaration with every field there is. Keys, nonces, salts and ids follow from its name, so that
 * whoever repeats it gets the same bytes.
 */
export async function freeze(declaration: EventDeclaration): Promise<FrozenEvent> {
  const { type, schema } = declaration;
  const random = drawing(`${type}/${schema}`);
  const id = (): string => random(16).toString('hex');
  const [kind = ''] = [declaration.stream].flat();
  const stream = kind === 'vault' || kind === 'organisation' ? singleStream(kind) : `${kind}-${id()}`;
  const keys: FrozenKey[] = [];
  const sealingKeys = async (_: string, requests: readonly UnitRequest[]): Promise<UnitKey[]> =>
    requests.map(({ person, category, day: on }) => {
      const [unit, key] = [id(), random(32)];
      const made = { unit, person, category, ...(on ? { day: on } : {}), fingerprint: fingerprintOf(key, unit) };
      keys.push({ ...made, key: key.toString('hex') });
      return { ...made, key };
    });
  const says = sampleEvent(declaration, id);
  const sealer = new Sealer(registryOf([declaration]), { sealingKeys }, random);
  const [stored] = await sealer.seal(organisation, stream, [
    {
      id: id(),
      event: says,
      version: 0,
      recordedAt: '2026-11-22T10:11:12Z',
      policy: 3,
      command: random(32),
      service: 'api',
      source: 'lms',
      causation: id(),
      correlation: id(),
      request: random(32).toString('hex'),
    },
  ]);
  return {
    about: `Stored bytes of "${type}" version ${schema}: they are never made again and never changed.`,
    type,
    schema,
    shape: eventShape(declaration),
    header: stored!.header.toString('utf8'),
    sections: stored!.sections.toString('hex'),
    keys,
    says,
  };
}

/** The event as an engine would give it. */
export function storedFrozen({ header, sections }: FrozenEvent): StoredEvent {
  const { organisation: of, stream, version } = JSON.parse(header) as StoredEvent;
  const bytes = { header: Buffer.from(header, 'utf8'), sections: Buffer.from(sections, 'hex') };
  return { organisation: of, stream, version, position: 1n, ...bytes };
}

/** Opens the event with its own keys, by whatever declarations. */
export function openerOf({ keys }: Pick<FrozenEvent, 'keys'>, registry: EventRegistry): Opener {
  const vault = new FakeVault();
  for (const key of keys) vault.put({ ...key, key: Buffer.from(key.key, 'hex') });
  return new Opener(registry, vault);
}

/** The event's place in a ledger, hexadecimal. */
export function leafOf({ header }: FrozenEvent): string {
  return leafHash(Buffer.from(header, 'utf8')).toString('hex');
}

export function registryOf(declarations: readonly EventDeclaration[]): EventRegistry {
  const categories = declarations.flatMap(({ sections }) => Object.values(sections).flatMap(categoriesOf));
  return new EventRegistry(declarations, categories);
}

/** Bytes that follow from a name: SHA-256 over the name and a counter. */
function drawing(name: string): Randomness {
  let drawn = 0;
  const block = (): Buffer => sha256(lengthPrefixed(['frozen', name, String(drawn++)]));
  return (size) => Buffer.concat(Array.from({ length: Math.ceil(size / 32) }, block)).subarray(0, size);
}

/** An event that has a value in every place of its declaration. */
export function sampleEvent(declaration: EventDeclaration, id: () => string): AnyEvent {
  const values = (fields: EventDeclaration['facts']): { [name: string]: unknown } =>
    Object.fromEntries(Object.entries(fields).map(([name, { shape }]) => [name, sampleOf(shape, name, id)]));
  const sections = Object.entries(declaration.sections).map(([role, section]): [string, SectionContent] => {
    const categories = categoriesOf(section);
    const named = categories.length > 1 && categories[0] !== undefined ? { category: categories[0] } : {};
    return [
      role,
      { person: id(), occurredAt, ...named, ...(section.byDay ? { day } : {}), fields: values(section.fields) },
    ];
  });
  return { type: declaration.type, facts: values(declaration.facts), sections: Object.fromEntries(sections) };
}
