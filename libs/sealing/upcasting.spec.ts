import { leafHash, readHeader, sha256Hex } from '@ardoise/format';
import { FakeVault } from '../testing/fake-vault';
import { openerOf, storedFrozen, type FrozenEvent } from '../testing/frozen-event';
import {
  contactRecorded,
  contactRecorded1,
  contactRecorded2,
  frozen,
  minutesNoted,
  moduleCompleted,
  moduleDone,
  presentOnes,
  registry,
  timeRecorded,
  ways,
} from './spec-support/history';
import { newStream, organisation, stored, toSeal } from './spec-support/subject';
import {
  defineEvent,
  EventRegistry,
  Opener,
  Sealer,
  split,
  text,
  UnknownEventError,
  upcast,
  UpcastError,
  type AnyOpened,
  type EventDeclaration,
  type Upcaster,
} from '.';

const open = (event: FrozenEvent, wanted?: ReadonlySet<string>, by = registry): Promise<AnyOpened[]> =>
  openerOf(event, by).open('moniravique', [storedFrozen(event)], wanted);

describe('an event of an earlier version', () => {
  it('is read as the present one, by every step between', async () => {
    const before = frozen('contact-recorded.1');
    const [opened, ...more] = await open(before);
    const { person } = before.says.sections.self!;
    expect(more).toEqual([]);
    expect(opened).toMatchObject({
      id: readHeader(Buffer.from(before.header)).id,
      type: 'contact-recorded',
      schema: 3,
      stored: { type: 'contact-recorded', schema: 1 },
      facts: { abroad: true },
      service: 'api',
      sections: {
        self: { person, unit: before.keys[0]?.unit, request: expect.any(String) as string },
        author: { category: 'staff' },
      },
    });
    // Two fields are one, and one is gone.
    expect(opened?.sections.self?.fields).toEqual({ fullName: 'firstName: é “ß” lastName: é “ß”', country: 'co' });
  });

  it('of another name is found by whoever wants it under the present one', async () => {
    const before = frozen('minutes-noted.1');
    const [opened] = await open(before, new Set(['time-recorded']));
    expect(opened).toMatchObject({ type: 'time-recorded', sections: { learner: { fields: { minutes: 7 } } } });
    expect(await open(before, new Set(['minutes-noted', 'contact-recorded']))).toEqual([]);
  });

  it('that was split is several, at one place, of which each wants what it wants', async () => {
    const before = frozen('module-done.1');
    const [completed, time, ...more] = await open(before);
    const unit = before.keys[0]?.unit;
    expect(more).toEqual([]);
    expect(completed).toMatchObject({
      type: 'module-completed',
      sections: { learner: { unit, fields: { module: 'module: é “ß”', score: 17.5 } }, author: { category: 'staff' } },
    });
    expect(time).toMatchObject({ type: 'time-recorded', sections: { learner: { unit, fields: { minutes: 7 } } } });
    const place = ({ stream, version, position, command, stored: as }: AnyOpened) => ({
      stream,
      version,
      position,
      command,
      as,
    });
    expect(place(time!)).toEqual(place(completed!));
    expect(completed?.id).toBe(completed?.stored?.id);
    expect(time?.id).toMatch(/^[0-9a-f]{32}$/);
    expect(time?.id).not.toBe(completed?.id);
    expect((await open(before))[1]?.id).toBe(time?.id);
    expect(await open(before, new Set(['time-recorded']))).toEqual([time]);
  });

  it('whose unit has ended is closed in all that it comes to', async () => {
    const before = frozen('module-done.1');
    const event = storedFrozen(before);
    const vault = new FakeVault();
    for (const key of before.keys) vault.put({ ...key, key: Buffer.from(key.key, 'hex') });
    const [learner, author] = before.keys;
    vault.end(learner!.person, 'destroyed');
    const opened = await new Opener(registry, vault).open(event.organisation, [event]);
    const closed = [{ role: 'learner', unit: learner?.unit, state: 'erased' }];
    expect(opened).toMatchObject([
      { type: 'module-completed', sections: { author: { unit: author?.unit } }, closed },
      { type: 'time-recorded', sections: {}, closed },
    ]);
  });

  it('keeps its bytes: leaf, commitments, and the fields that a disclosure shows', async () => {
    const before = frozen('contact-recorded.1');
    const event = storedFrozen(before);
    const bytes = sha256Hex(Buffer.concat([event.header, event.sections]));
    const leaf = leafHash(event.header).toString('hex');
    await open(before);
    expect(sha256Hex(Buffer.concat([event.header, event.sections]))).toBe(bytes);
    expect(leafHash(event.header).toString('hex')).toBe(leaf);
    const [self] = await openerOf(before, registry).openFields(event.organisation, event);
    const names = self && 'fields' in self ? self.fields.map(({ name }) => name) : [];
    expect(names).toEqual(expect.arrayContaining(['firstName', 'lastName', 'note']));
    expect(names).not.toContain('fullName');
  });

  it('is not written any more', async () => {
    const vault = new FakeVault();
    const said = { type: 'minutes-noted', facts: {}, sections: {} };
    const sealing = new Sealer(registry, vault).seal(organisation, newStream(), [toSeal(said)]);
    await expect(sealing).rejects.toMatchObject({ code: 'event-does-not-fit-declaration' });
  });
});

describe('what cannot be read', () => {
  it('is named when its version is not known, also to whoever asks for other types', async () => {
    const before = frozen('contact-recorded.1');
    const older = new EventRegistry([contactRecorded2], ['learning', 'staff']);
    const reading = open(before, new Set(['time-recorded']), older);
    await expect(reading).rejects.toThrow(UnknownEventError);
    await expect(reading).rejects.toMatchObject({ type: 'contact-recorded', schema: 1 });
    expect(older.knows('contact-recorded', 1)).toBe(false);
    expect(registry.knows('contact-recorded', 1)).toBe(true);
  });

  it.each<[string, Upcaster]>([
    [
      'fails',
      upcast(contactRecorded1, {
        to: contactRecorded2,
        facts: () => {
          throw new Error('quotes Zoé');
        },
      }),
    ],
    ['gives what is not declared', upcast(contactRecorded1, { to: contactRecorded2 })],
  ])('is an event whose upcaster %s; no value is told', async (_, way) => {
    const broken = new EventRegistry([contactRecorded2], ['learning', 'staff'], [way]);
    const error: unknown = await open(frozen('contact-recorded.1'), undefined, broken).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(UpcastError);
    expect(error).toMatchObject({ code: 'event-upcast-failed', type: 'contact-recorded', schema: 1 });
    expect(String((error as Error).message)).not.toMatch(/Zoé|firstName/);
  });
});

describe('a way from one version to the next is refused', () => {
  const moved = (change: object): EventDeclaration => ({ ...timeRecorded, ...change });
  const learner = timeRecorded.sections.learner;
  const going = (to: EventDeclaration, from: EventDeclaration = minutesNoted) => upcast(from, { to });

  it.each<[string, () => unknown, RegExp]>([
    [
      'into another category',
      () => going(moved({ sections: { learner: { ...learner, category: 'evidence' } } })),
      /record it again under a new unit/,
    ],
    [
      'into a unit of a day',
      () => going(moved({ sections: { learner: { ...learner, byDay: true } } })),
      /ends with its day/,
    ],
    ['into another stream', () => going(moved({ stream: 'evidence' })), /stays in its stream/],
    ['into a section from nowhere', () => going(moved({ sections: { learner, other: learner } })), /comes from none/],
    ['that leaves the first section out', () => going(moved({ sections: {} })), /its own first, "learner"/],
    ['into an earlier version of itself', () => going(minutesNoted, moved({ type: 'minutes-noted' })), /later version/],
    ['to nothing', () => split(minutesNoted), /becomes nothing/],
    [
      'that makes sure of what may be absent',
      () =>
        going(
          { ...moduleDone, schema: 2, sections: { learner, author: { ...learner, category: 'staff' } } },
          moduleDone,
        ),
      /may be absent/,
    ],
    [
      'that ends nowhere',
      () => new EventRegistry([timeRecorded], ['learning'], [ways[0]!]),
      /neither present nor upcast/,
    ],
    [
      'that leads back to itself',
      () =>
        new EventRegistry(
          [],
          [],
          [upcast(minutesNoted, { to: timeRecorded }), upcast(timeRecorded, { to: minutesNoted })],
        ),
      /becomes itself/,
    ],
    [
      'of which there are two',
      () => new EventRegistry(presentOnes, ['learning', 'staff'], [...ways, ways[0]!]),
      /two upcasters/,
    ],
    [
      'from the present version',
      () => new EventRegistry([minutesNoted, ...presentOnes], ['learning', 'staff'], ways),
      /is the present version/,
    ],
  ])('%s', (_, make, message) => expect(make).toThrow(message));
});

describe('while not every server knows the present version', () => {
  const person = 'a'.repeat(32);
  const occurredAt = '2026-11-22T10:11:12.345Z';
  const contact = (fullName: string) => ({
    type: 'contact-recorded',
    facts: { abroad: false },
    sections: { self: { person, occurredAt, fields: { fullName, country: 'FR' } } },
  });
  const writing = (...known: string[]) => {
    const vault = new FakeVault();
    const inUse = {
      mayBeWritten: ({ type, schema }: { type: string; schema: number }) => known.includes(`${type}/${schema}`),
    };
    const sealer = new Sealer(registry, vault, undefined, inUse);
    const stream = newStream();
    return {
      seal: async (event: ReturnType<typeof contact>) => {
        const [sealed] = await sealer.seal(organisation, stream, [toSeal(event)]);
        const { type, schema } = readHeader(sealed!.header);
        const read = await new Opener(registry, vault).open(organisation, [stored(stream, sealed!)]);
        return { as: `${type}/${schema}`, read };
      },
    };
  };

  it.each([
    ['contact-recorded/3', ['contact-recorded/3', 'contact-recorded/2', 'contact-recorded/1']],
    ['contact-recorded/2', ['contact-recorded/2', 'contact-recorded/1']],
    ['contact-recorded/1', ['contact-recorded/1']],
  ])('an event is written as %s, and reads back as the same', async (as, known) => {
    const { as: written, read } = await writing(...known).seal(contact('Ada Lovelace'));
    expect(written).toBe(as);
    expect(read).toMatchObject([{ schema: 3, facts: { abroad: false } }]);
    expect(read[0]?.sections.self?.fields).toEqual({ fullName: 'Ada Lovelace', country: 'FR' });
  });

  it.each<[string, ReturnType<typeof contact>]>([
    ['that the earlier version has no way to say', contact('Ada King Lovelace')],
    // The fact would read back as the country says.
    ['that would read back as another', { ...contact('Ada Lovelace'), facts: { abroad: true } }],
  ])('an event %s waits for the upgrade', async (_, event) => {
    await expect(writing('contact-recorded/1').seal(event)).rejects.toMatchObject({
      code: 'upgrade-under-way',
      type: 'contact-recorded',
      schema: 3,
    });
  });

  it('a type that is new waits for the upgrade', async () => {
    const fresh = defineEvent({
      type: 'heard-of-since',
      schema: 1,
      stream: 'learning',
      facts: { what: text() },
      sections: {},
    });
    const sealer = new Sealer(new EventRegistry([fresh], []), new FakeVault(), undefined, {
      mayBeWritten: () => false,
    });
    const said = { type: 'heard-of-since', facts: { what: 'x' }, sections: {} };
    await expect(sealer.seal(organisation, newStream(), [toSeal(said)])).rejects.toMatchObject({
      code: 'upgrade-under-way',
    });
  });

  it('says which versions there are', () => {
    expect(registry.versions()).toContainEqual({ type: 'contact-recorded', schema: 2 });
    expect(registry.all()).toEqual([contactRecorded, timeRecorded, moduleCompleted]);
  });
});
