import type { StoredEvent } from '@ardoise/event-store';
import {
  ciphertextDigest,
  fingerprintOf,
  leafHash,
  randomBytes,
  randomId,
  readHeader,
  readSections,
  writeSections,
  type Header,
  type SectionHeader,
} from '@ardoise/format';
import {
  corrected,
  correctedBy,
  learner,
  login,
  newStream,
  organisation,
  stored,
  subject,
  toSeal,
  trainer,
  withHeader,
} from './spec-support/subject';
import { TamperedEventError, UnknownEventError, type AnyOpened } from '.';

const stream = newStream();
const { sealer, opener } = subject();
let first: StoredEvent;
let second: StoredEvent;

beforeAll(async () => {
  const events = [toSeal(correctedBy(trainer)), toSeal(correctedBy(trainer, 3), { version: 1 })];
  const sealed = await sealer.seal(organisation, stream, events);
  [first, second] = sealed.map((event, version) => stored(stream, event, version)) as [StoredEvent, StoredEvent];
});

const open = async (event: StoredEvent): Promise<AnyOpened | undefined> =>
  (await opener.open(event.organisation, [event]))[0];

const isTampered = (event: StoredEvent, reason: RegExp) =>
  expect(open(event)).rejects.toMatchObject({
    name: 'TamperedEventError',
    position: event.position,
    reason: expect.stringMatching(reason) as string,
  });

const ciphertextsOf = ({ sections }: StoredEvent) => readSections(sections) as [Buffer, Buffer];

/** Other ciphertexts, with a header that names them: only the keys can tell. */
const withCiphertexts = (event: StoredEvent, ciphertexts: readonly Buffer[]) => ({
  ...withHeader(event, ({ sections }) => ({
    sections: sections.map((section, i) => ({ ...section, ciphertext: ciphertextDigest(ciphertexts[i] as Buffer) })),
  })),
  sections: writeSections(ciphertexts),
});

const withSection = (event: StoredEvent, index: number, change: Partial<SectionHeader>) =>
  withHeader(event, ({ sections }) => ({
    sections: sections.map((section, i) => (i === index ? { ...section, ...change } : section)),
  }));

describe('an event that was tampered with never opens and never reads as erased', () => {
  it('when it is put in another place', async () => {
    const otherPlace = /another place/;
    await isTampered({ ...first, stream: newStream() }, otherPlace);
    await isTampered({ ...first, version: 1 }, otherPlace);
    await isTampered({ ...first, organisation: 'mira' }, otherPlace);
    await expect(opener.open('mira', [first])).rejects.toThrow(TamperedEventError);
    const moved = { ...withHeader(first, () => ({ organisation: 'mira' })), organisation: 'mira' };
    await isTampered(moved, /not-authentic/);
    const other = newStream();
    await isTampered({ ...withHeader(first, () => ({ stream: other })), stream: other }, /not-authentic/);
    await isTampered(
      withHeader(first, () => ({ id: randomId() })),
      /not-authentic/,
    );
  });

  it('when its header is no header', async () => {
    for (const header of ['', '{}', 'null', first.header.toString().replace('"format":1', '"format":2')]) {
      await isTampered({ ...first, header: Buffer.from(header) }, /header-malformed/);
    }
    await isTampered({ ...first, header: Buffer.concat([first.header, Buffer.from(' ')]) }, /header-not-canonical/);
  });

  it('when its sections are cut off, exchanged, or those of another event', async () => {
    const [a, b] = ciphertextsOf(first);
    const [otherA, otherB] = ciphertextsOf(second);
    await isTampered({ ...first, sections: first.sections.subarray(0, -1) }, /sections-malformed/);
    await isTampered({ ...first, sections: Buffer.alloc(0) }, /not those of its header/);
    await isTampered({ ...first, sections: writeSections([a]) }, /not those of its header/);
    await isTampered({ ...first, sections: writeSections([b, a]) }, /ciphertext-differs/);
    await isTampered({ ...first, sections: second.sections }, /ciphertext-differs/);
    await isTampered(withCiphertexts(first, [b, a]), /not-authentic/);
    await isTampered(withCiphertexts(first, [otherA, otherB]), /not-authentic/);
    await isTampered(withCiphertexts(first, [a.subarray(0, 27), b]), /not-authentic/);
  });

  it('when whole sections were exchanged, taken over or left out', async () => {
    const theirs = readHeader(second.header).sections;
    const exchanged = withHeader(first, ({ sections }) => ({ sections: [...sections].reverse() }));
    await isTampered(
      { ...exchanged, sections: writeSections([...ciphertextsOf(first)].reverse()) },
      /another category/,
    );
    await isTampered(
      { ...withHeader(first, () => ({ sections: theirs })), sections: second.sections },
      /not-authentic/,
    );
    await isTampered({ ...withHeader(first, () => ({ sections: [] })), sections: Buffer.alloc(0) }, /of its type/);
    const [a, b] = ciphertextsOf(first);
    const three = withHeader(first, ({ sections }) => ({ sections: [...sections, sections[1]] }));
    await isTampered({ ...three, sections: writeSections([a, b, b]) }, /of its type/);
  });

  it('when one member of a section is another', async () => {
    const hex64 = 'ab'.repeat(32);
    await isTampered(withSection(first, 0, { ciphertext: `sha256:${hex64}` }), /ciphertext-differs/);
    await isTampered(withSection(first, 0, { commitment: hex64 }), /not-authentic/);
    await isTampered(withSection(first, 0, { fingerprint: hex64 }), /another in the vault/);
    await isTampered(withSection(first, 0, { unit: randomId() }), /unknown/);
    await isTampered(withSection(first, 0, { day: '2026-11-22' }), /a day stands/);
    const others = readHeader(first.header).sections[1] as SectionHeader;
    await isTampered(
      withSection(first, 0, { unit: others.unit, fingerprint: others.fingerprint }),
      /in two ways|another category/,
    );
  });

  it('when the type or its version is another', async () => {
    const typed = withHeader(first, () => ({ type: 'login-recorded' }));
    await isTampered(typed, /of its type/);
    await expect(open(withHeader(first, () => ({ type: 'never-heard-of' })))).rejects.toThrow(UnknownEventError);
    await expect(open(withHeader(first, () => ({ schema: 2 })))).rejects.toThrow(UnknownEventError);
  });

  it('when the vault has another key, category, day or unit than the event', async () => {
    const other = subject();
    const [sealed] = await other.sealer.seal(organisation, stream, [toSeal(corrected())]);
    const event = stored(stream, sealed as NonNullable<typeof sealed>);
    const section = readHeader(event.header).sections[0] as SectionHeader;
    const found = other.vault.units.get(section.unit);
    if (found?.state !== 'open') throw new Error('the unit is there');
    const opening = (change: object) => {
      other.vault.units.set(section.unit, { state: 'open', key: { ...found.key, ...change } });
      return other.opener.open(organisation, [event]);
    };
    await expect(opening({})).resolves.toHaveLength(1);
    await expect(opening({ key: randomBytes(32) })).rejects.toThrow(/not-authentic/);
    await expect(opening({ category: 'staff' })).rejects.toThrow(/another category/);
    await expect(opening({ day: '2026-11-22' })).rejects.toThrow(/another in the vault/);
    await expect(opening({ fingerprint: fingerprintOf(randomBytes(32), section.unit) })).rejects.toThrow(
      /in the vault/,
    );
    await expect(opening({ unit: randomId() })).rejects.toThrow(/another in the vault/);
    other.vault.units.delete(section.unit);
    await expect(other.opener.open(organisation, [event])).rejects.toThrow(/is unknown/);
  });

  it('when one unit is named in two ways by two events', async () => {
    const forged = withSection(second, 0, { fingerprint: 'ab'.repeat(32) });
    await expect(opener.open(organisation, [first, forged])).rejects.toThrow(/in two ways/);
  });
});

describe('where the key is gone', () => {
  const ended = subject();
  const day = '2026-11-22';
  let event: StoredEvent;

  beforeAll(async () => {
    const [sealed] = await ended.sealer.seal(organisation, stream, [toSeal(login(day))]);
    event = stored(stream, sealed as NonNullable<typeof sealed>);
    ended.vault.end(learner, 'destroyed');
  });

  it('an altered ciphertext is still an alarm', async () => {
    expect((await ended.opener.open(organisation, [event]))[0]?.closed[0]?.state).toBe('erased');
    for (let at = 0; at < event.sections.length; at++) {
      const sections = Buffer.from(event.sections);
      sections.writeUInt8(sections.readUInt8(at) ^ 1, at);
      await expect(ended.opener.open(organisation, [{ ...event, sections }])).rejects.toThrow(TamperedEventError);
    }
  });

  it('a day that was taken away is still an alarm', async () => {
    const dayless = withHeader(event, ({ sections: [section] }) => ({ sections: [{ ...section, day: undefined }] }));
    await expect(ended.opener.open(organisation, [dayless])).rejects.toThrow(/a day stands where none is declared, or/);
  });
});

describe('one bit of a stored event', () => {
  /** What only the ledger's leaf binds: no key knows of it. */
  const onlyInTheLeaf: readonly (keyof Header)[] = ['command', 'facts', 'policy', 'recordedAt'];

  it('that is changed in the header is found by the key, or stands where the leaf tells', async () => {
    const original = (await open(first)) as AnyOpened;
    const leaf = leafHash(first.header).toString('hex');
    for (let at = 0; at < first.header.length * 8; at++) {
      const header = Buffer.from(first.header);
      header.writeUInt8(header.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3);
      const error = await open({ ...first, header }).then(
        (opened) => {
          expect(opened?.closed).toEqual([]);
          expect(opened?.sections).toEqual(original.sections);
          const now = readHeader(header);
          const was = readHeader(first.header);
          for (const member of onlyInTheLeaf) Object.assign(now, { [member]: was[member] });
          expect(now).toEqual(was);
          expect(leafHash(header).toString('hex')).not.toBe(leaf);
        },
        (reason: unknown) => reason,
      );
      if (error !== undefined)
        expect(error).toMatchObject({ code: expect.stringMatching(/^event-(tampered|type-unknown)$/) });
    }
  });

  it('that is changed in the sections is found', async () => {
    for (let at = 0; at < first.sections.length * 8; at++) {
      const sections = Buffer.from(first.sections);
      sections.writeUInt8(sections.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3);
      await expect(open({ ...first, sections })).rejects.toThrow(TamperedEventError);
    }
  });
});
