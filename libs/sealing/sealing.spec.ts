import { canonicalJson, commitmentOf, fieldDigest, FormatError, readHeader, readSections } from '@ardoise/format';
import { frozenOpening } from './spec-support/frozen';
import {
  corrected,
  correctedBy,
  learner,
  login,
  newStream,
  occurredAt,
  organisation,
  stored,
  subject,
  toSeal,
  trainer,
} from './spec-support/subject';
import { DeclarationError, UnknownEventError, type AnyEvent } from '.';

describe('what is sealed', () => {
  const { sealer, opener, vault } = subject();
  const stream = newStream();

  const seal = async (event: AnyEvent, members = {}, into = stream) => {
    const [sealed] = await sealer.seal(organisation, into, [toSeal(event, members)]);
    return stored(into, sealed!);
  };

  it('opens as it was said, with all that the runtime added', async () => {
    const members = { service: 'api', causation: 'c1', correlation: 'c2', request: 'd'.repeat(64) };
    const event = await seal(correctedBy(trainer), members);
    const [opened] = await opener.open(organisation, [event]);
    const [first, second] = readHeader(event.header).sections;
    const author = { person: trainer, occurredAt, source: 'lms', category: 'staff', fields: {} };
    expect(opened).toMatchObject({
      organisation,
      stream,
      version: 0,
      position: 7n,
      schema: 1,
      policy: 3,
      recordedAt: '2026-11-22T10:11:12Z',
      service: 'api',
      type: 'learning-corrected',
      facts: {},
      closed: [],
    });
    expect(opened?.sections).toEqual({
      learner: {
        unit: first?.unit,
        person: learner,
        occurredAt,
        source: 'lms',
        causation: 'c1',
        correlation: 'c2',
        request: 'd'.repeat(64),
        category: 'learning',
        fields: { score: 18 },
      },
      author: { unit: second?.unit, ...author },
    });
    expect(opened).not.toHaveProperty('request');
  });

  it('opens with its salts, so that chosen fields can be shown with the digests of the others', async () => {
    const event = await seal(correctedBy(trainer));
    const sections = await opener.openFields(organisation, event);
    readHeader(event.header).sections.forEach(({ commitment }, index) => {
      const section = sections[index]!;
      if (!('fields' in section)) throw new Error('it is open');
      const digests = section.fields.map(({ name, salt, value }) => fieldDigest(name, salt, canonicalJson(value)));
      expect(commitmentOf(digests)).toBe(commitment);
    });
    expect(sections).toMatchObject([
      { role: 'learner', key: { person: learner, category: 'learning' } },
      { role: 'author', key: { person: trainer, category: 'staff' } },
    ]);
  });

  it('puts the request among the facts where nothing is sealed', async () => {
    const event = { type: 'session-opened', facts: { title: 'Été' }, sections: {} };
    const session = newStream('session');
    const sealed = await seal(event, { request: 'e'.repeat(64), service: 'api' }, session);
    expect(sealed.sections).toHaveLength(0);
    const [opened] = await opener.open(organisation, [sealed]);
    expect(opened).toMatchObject({ request: 'e'.repeat(64), service: 'api', facts: { title: 'Été' }, sections: {} });
    expect(opened?.facts).toEqual({ title: 'Été' });
  });

  it('says nothing of anybody in clear', async () => {
    const event = await seal(correctedBy(trainer, 16.25), { causation: 'the-cause' });
    const clear = event.header.toString('utf8') + event.sections.toString('latin1');
    for (const secret of [learner, trainer, '16.25', 'score', occurredAt, 'lms', 'the-cause']) {
      expect(clear).not.toContain(secret);
    }
  });

  it('has the same length for values of about the same length', async () => {
    const lengths = await Promise.all(
      [0, 1, 12.5, 99.75].map(async (score) => readSections((await seal(corrected(score))).sections)[0]?.length),
    );
    expect(new Set(lengths).size).toBe(1);
    expect(((lengths[0] as number) - 28) % 128).toBe(0);
  });

  it('shows the day of a unit of a day, and only of such', async () => {
    const event = await seal(login('2026-11-22'), {}, newStream('login'));
    expect(readHeader(event.header).sections[0]?.day).toBe('2026-11-22');
    expect((await opener.open(organisation, [event]))[0]?.sections.self?.fields).toEqual({ address: '192.0.2.7' });
  });

  it('leaves out what nobody asked for', async () => {
    const events = [await seal(corrected()), await seal(login('2026-11-22'))];
    const opened = await opener.open(organisation, events, new Set(['login-recorded']));
    expect(opened.map(({ type }) => type)).toEqual(['login-recorded']);
  });

  it('reads as erased or lost when the key is, and the other person goes on', async () => {
    const event = await seal(correctedBy(trainer));
    const [first, second] = readHeader(event.header).sections;
    vault.end(learner, 'destroyed');
    const [half] = await opener.open(organisation, [event]);
    expect(half?.closed).toEqual([{ role: 'learner', unit: first?.unit, state: 'erased' }]);
    expect((await opener.openFields(organisation, event))[0]).toEqual(half?.closed[0]);
    expect(half?.sections).toEqual({ author: expect.objectContaining({ person: trainer }) as unknown });
    vault.end(trainer, 'lost');
    const [none] = await opener.open(organisation, [event]);
    expect(none?.closed[1]).toEqual({ role: 'author', unit: second?.unit, state: 'lost' });
    expect(none?.sections).toEqual({});
  });

  it.each<[string, AnyEvent]>([
    ['a type that nobody declared', { type: 'attempt-forgotten', facts: {}, sections: {} }],
    ['a stream of another kind', { type: 'session-opened', facts: { title: 'a' }, sections: {} }],
    ['a fact that nobody declared', { ...corrected(), facts: { learner } }],
    [
      'a section that nobody declared',
      { ...corrected(), sections: { ...corrected().sections, constructor: undefined } },
    ],
    ['a section that is missing', { ...corrected(), sections: {} }],
    ['a field of another type', corrected('17' as unknown as number)],
    [
      'a person who is no id',
      { ...corrected(), sections: { learner: { person: 'Zoé', occurredAt, fields: { score: 1 } } } },
    ],
    [
      'an instant without milliseconds',
      {
        ...corrected(),
        sections: { learner: { person: learner, occurredAt: '2026-11-22T10:11:12Z', fields: { score: 1 } } },
      },
    ],
    [
      'a day where none is declared',
      {
        ...corrected(),
        sections: { learner: { person: learner, occurredAt, day: '2026-11-22', fields: { score: 1 } } },
      },
    ],
    [
      'no day where one is declared',
      { ...login('2026-11-22'), sections: { self: { person: learner, occurredAt, fields: { address: 'a' } } } },
    ],
    [
      'no category where several are declared',
      {
        type: 'value-recorded',
        facts: {},
        sections: { self: { person: learner, occurredAt, fields: { value: 'a' } } },
      },
    ],
    [
      'another category than those declared',
      {
        type: 'value-recorded',
        facts: {},
        sections: { self: { person: learner, occurredAt, category: 'learning', fields: { value: 'a' } } },
      },
    ],
  ])('is refused before anything is sealed: %s', async (_, event) => {
    await expect(seal(event)).rejects.toThrow(DeclarationError);
  });

  it('is refused where no header or no engine could hold it', async () => {
    const long = { type: 'session-opened', facts: { title: 'a'.repeat(500) }, sections: {} };
    await expect(seal(long, { service: 'x'.repeat(65_000) }, newStream('session'))).rejects.toThrow(FormatError);
    await expect(seal(corrected(), { source: 'x'.repeat(1_000_000) })).rejects.toMatchObject({
      code: 'sections-too-large',
    });
  });

  it('of a version that this code does not know stops the reader', async () => {
    const older = subject();
    const event = { type: 'value-recorded', facts: {}, sections: {} };
    const value = { person: learner, occurredAt, category: 'identity', fields: { value: 'a' } };
    const [sealed] = await older.sealer.seal(organisation, stream, [toSeal({ ...event, sections: { self: value } })]);
    const changed = Buffer.from(sealed!.header.toString().replace('"schema":3', '"schema":4'));
    const read = older.opener.open(organisation, [stored(stream, { ...sealed!, header: changed })]);
    await expect(read).rejects.toThrow(UnknownEventError);
  });
});

describe('what was sealed when the format was frozen', () => {
  it.each(frozenOpening())('opens: %s', async (_, { opener, event, values }) => {
    const [opened] = await opener.open(event.organisation, [event]);
    expect(opened?.closed).toEqual([]);
    const sections = Object.values(opened?.sections ?? {});
    expect(sections.map((section) => ({ ...section?.fields, person: section?.person }))).toEqual(
      values.map((value) => expect.objectContaining(value) as unknown),
    );
  });

  it.each(frozenOpening())('is sealed to the same bytes: %s', async (_, { reseal, event }) => {
    expect(await reseal()).toEqual({ header: event.header, sections: event.sections });
  });
});
