import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredEvent } from '@ardoise/event-store';
import { readHeader, type Json } from '@ardoise/format';
import { FakeVault } from '../../testing/fake-vault';
import { EventRegistry, envelopeFields, Opener, opaque, Sealer, type Fields, type SectionDeclaration } from '..';

interface FrozenSection {
  readonly category: string;
  readonly unit: string;
  readonly day?: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly salts: string;
  readonly nonce: string;
  readonly values: { readonly [name: string]: Json } & { readonly person: string; readonly occurredAt: string };
}

interface FrozenEvent {
  readonly sections: readonly FrozenSection[];
  readonly storedHeader: string;
  readonly storedSections: string;
}

const folder = join(__dirname, '..', '..', 'format', 'fixtures');
const envelope: readonly string[] = envelopeFields;
const written = ['service', 'request'];

/** The frozen events of the format, each with a registry that declares just it. */
export function frozenOpening() {
  return readdirSync(folder)
    .sort()
    .map((file) => [file, openingOf(JSON.parse(readFileSync(join(folder, file), 'utf8')) as FrozenEvent)] as const);
}

function openingOf(frozen: FrozenEvent) {
  const header = readHeader(Buffer.from(frozen.storedHeader));
  const { organisation, stream, version, type, schema, facts } = header;
  const declared = frozen.sections.map(({ category, day, values }, index): [string, SectionDeclaration] => [
    `section${index}`,
    { category, fields: fieldsOf(values, envelope), ...(day === undefined ? {} : { byDay: true }) },
  ]);
  const declaration = {
    type,
    schema,
    stream: stream.slice(0, -33),
    facts: fieldsOf(facts as { [name: string]: Json }, written),
    sections: Object.fromEntries(declared),
  };
  const registry = new EventRegistry([declaration], [...new Set(frozen.sections.map(({ category }) => category))]);
  const keys = frozen.sections.map(({ unit, fingerprint, category, day, key, values: { person } }) => ({
    unit,
    fingerprint,
    category,
    person,
    key: Buffer.from(key, 'hex'),
    ...(day === undefined ? {} : { day }),
  }));
  const vault = new FakeVault();
  for (const key of keys) vault.put(key);
  const event: StoredEvent = {
    organisation,
    stream,
    version,
    position: 1n,
    header: Buffer.from(frozen.storedHeader),
    sections: Buffer.from(frozen.storedSections, 'hex'),
  };
  return {
    event,
    opener: new Opener(registry, vault),
    values: frozen.sections.map(({ values: { person, ...rest } }) => ({ person, ...without(rest, envelope) })),
    reseal: async () => {
      const drawn = frozen.sections.flatMap(({ salts, nonce }) => [salts, nonce]);
      const sealer = new Sealer(registry, { sealingKeys: async () => keys }, () => Buffer.from(drawn.shift()!, 'hex'));
      const first = frozen.sections[0]?.values ?? {};
      const [sealed] = await sealer.seal(organisation, stream, [
        {
          id: header.id,
          version,
          recordedAt: header.recordedAt,
          policy: header.policy,
          command: Buffer.from(header.command, 'hex'),
          source: '',
          ...(facts.service === undefined ? {} : { service: facts.service as string }),
          ...(facts.request === undefined ? {} : { request: facts.request as string }),
          ...pick(first, ['source', 'causation', 'correlation', 'request']),
          event: {
            type,
            facts: without(facts as { [name: string]: Json }, written),
            sections: Object.fromEntries(
              frozen.sections.map(({ day, values }, index) => [
                `section${index}`,
                {
                  person: values.person,
                  occurredAt: values.occurredAt,
                  ...(day === undefined ? {} : { day }),
                  fields: without(values, envelope),
                },
              ]),
            ),
          },
        },
      ]);
      return { header: sealed?.header, sections: sealed?.sections };
    },
  };
}

function fieldsOf(values: { readonly [name: string]: Json }, apart: readonly string[]): Fields {
  return Object.fromEntries(Object.keys(without(values, apart)).map((name) => [name, opaque()]));
}

function without(values: { readonly [name: string]: Json }, names: readonly string[]): { [name: string]: Json } {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}

function pick(values: { readonly [name: string]: Json }, names: readonly string[]): { [name: string]: string } {
  return Object.fromEntries(names.filter((name) => name in values).map((name) => [name, values[name] as string]));
}
