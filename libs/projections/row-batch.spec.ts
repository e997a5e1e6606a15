import type { AnyOpened } from '@ardoise/sealing';
import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { ReadModelNaming, RowError } from '.';
import { applyBatch, type Registered } from './apply-batch';
import { columnText } from './column-value';
import type { OpenedBatch } from './open-batch';
import { type CategoryDay, Forgotten } from './forgetting';
import { ReadTable } from './read-table';
import { Learner, learners, Result, Seat } from './spec-support/school';

/** A table in memory: key → texts. */
type Stored = Map<string, (string | null | undefined)[]>;

describe('a batch of rows', () => {
  let registered: Registered;

  beforeAll(async () => {
    const namingStrategy = new ReadModelNaming();
    const dataSource = new DataSource({ type: 'postgres', entities: [Learner, Result, Seat], namingStrategy });
    await (dataSource as unknown as { buildMetadatas(): Promise<void> }).buildMetadatas();
    const tables = new Map([Learner, Result].map((entity) => [entity, ReadTable.of(dataSource, entity)]));
    registered = { projection: learners(), tables: tables };
  });

  const units = ['a', 'b', 'c'].map((letter) => letter.repeat(32));
  const types = ['learner-registered', 'learner-renamed', 'learner-left', 'result-recorded', 'result-corrected'];
  const happening = fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ type: fc.constantFrom(...types), who: fc.nat(2), unit: fc.nat(2), word: fc.string() }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constantFrom('keys-fenced', 'groups-ended'),
        who: fc.nat(2),
        unit: fc.nat(2),
        word: fc.string(),
      }),
    },
  );
  const days = [
    { category: 'technical', day: '2026-11-21' },
    { category: 'technical', day: '2026-11-22' },
  ];
  type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

  const eventOf = ({ type, who, unit, word }: Happening, index: number): AnyOpened => {
    const name = word.replaceAll('\0', '');
    const fields = { learner: `l${who}`, name, attempt: who % 2, score: '1.5' };
    // Two of the three units end with their day, and by their own name too.
    const dated = days[unit] ?? { category: 'learning' };
    const section = { unit: units[unit], person: 'p', occurredAt: '', source: '', ...dated, fields };
    const ends: { [type: string]: AnyOpened['facts'] } = {
      'keys-fenced': { units: [[units[unit], 'f'.repeat(64)]] },
      'groups-ended': who === 2 ? { cause: 'epoch', groups: [{}] } : { cause: 'day', groups: [days[who]] },
    };
    return {
      id: `e${index}`,
      organisation: 'mira',
      position: BigInt(index + 1),
      recordedAt: '2026-11-22T10:00:00Z',
      type,
      facts: ends[type] ?? {},
      sections: ends[type] ? {} : { self: section },
      closed: [],
    } as unknown as AnyOpened;
  };

  /** What the database comes to: forgetting first, then one change per row. */
  const store = (events: readonly AnyOpened[], batchSize: number): { [table: string]: [string, unknown][] } => {
    const stored = new Map<ReadTable, Stored>([...registered.tables.values()].map((table) => [table, new Map()]));
    const forgotten = new Forgotten();
    const dayUnits = new Map<string, CategoryDay>();
    for (let at = 0; at < events.length; at += batchSize) {
      const piece = events.slice(at, at + batchSize);
      const positions = piece.map(({ position }) => position);
      const through = positions.at(-1) as bigint;
      const batch: OpenedBatch = { organisation: 'mira', after: BigInt(at), through, positions, events: piece };
      const { rows, ends, advance } = applyBatch(registered, batch, forgotten);
      expect(advance).toEqual({ projection: 'learners', position: through });
      forgotten.add({ units: [...ends.units.keys()], days: ends.days, everything: false });
      for (const [table, held] of stored) {
        for (const [key, texts] of held) {
          const unit = texts[table.unit] as string;
          if (forgotten.has({ unit, category: '', ...dayUnits.get(unit) })) held.delete(key);
        }
        for (const [key, { kind, texts }] of rows.changes.get(table) ?? []) {
          const before = held.get(key);
          if (kind === 'remove') held.delete(key);
          else if (kind === 'put') held.set(key, texts);
          else if (before)
            held.set(
              key,
              before.map((text, index) => (texts[index] === undefined ? text : texts[index])),
            );
        }
      }
      for (const [unit, day] of rows.dayUnits) dayUnits.set(unit, day);
    }
    return Object.fromEntries([...stored].map(([table, held]) => [table.name, [...held].sort()]));
  };

  it('comes to the same in any batch size, forgetting included', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), fc.integer({ min: 2, max: 41 }), (happenings, batchSize) => {
        const events = happenings.map(eventOf);
        expect(store(events, batchSize)).toEqual(store(events, 1));
      }),
      { numRuns: 500 },
    );
  });

  it('takes nothing of an event whose handler fails half-way', () => {
    const projection = learners(1, {
      'learner-left': (_event, write) => {
        write.remove(Learner, { organisation: 'mira', learner: 'l0' });
        throw new Error('half-way');
      },
    });
    const happenings = [
      { type: 'learner-registered', who: 0, unit: 0, word: 'x' },
      { type: 'learner-left', who: 0, unit: 0, word: '' },
    ];
    const events = happenings.map(eventOf);
    const batch = { organisation: 'mira', after: 0n, through: 2n, positions: [1n, 2n], events };
    const { rows, advance } = applyBatch({ ...registered, projection }, batch, new Forgotten());
    expect(advance).toMatchObject({ position: 1n, stopped: { code: 'projection-failed', event: 'e1' } });
    expect([...rows.changes.values()].flatMap((changes) => [...changes.values()])).toMatchObject([{ kind: 'put' }]);
  });

  it('takes nothing of an event that was split when it fails at a later part', () => {
    const projection = learners(1, {
      'learner-left': () => {
        throw new Error('at the second part');
      },
    });
    const happenings = [
      { type: 'learner-registered', who: 0, unit: 0, word: 'x' },
      { type: 'learner-registered', who: 1, unit: 1, word: 'y' },
      { type: 'learner-left', who: 1, unit: 1, word: '' },
    ];
    const events = happenings.map(eventOf).map((event, index) => ({ ...event, position: index === 0 ? 1n : 2n }));
    const batch = { organisation: 'mira', after: 0n, through: 2n, positions: [1n, 2n], events };
    const { rows, advance } = applyBatch({ ...registered, projection }, batch, new Forgotten());
    expect(advance).toMatchObject({ position: 1n, stopped: { code: 'projection-failed', position: 2n } });
    const put = [...rows.changes.values()].flatMap((changes) => [...changes.values()]);
    expect(put).toHaveLength(1);
    expect(JSON.stringify(put)).toContain('l0');
    const whole = applyBatch(registered, batch, new Forgotten());
    expect(whole.advance).toEqual({ projection: 'learners', position: 2n });
    expect(whole.events).toBe(3);
  });

  it('takes JSON whose text only looks like a NUL', () => {
    expect(columnText('jsonb', 'C:\\u0000', 'x')).toBe('"C:\\\\u0000"');
  });

  it.each([
    ['integer', 1.5],
    ['bigint', '1e3'],
    ['numeric', Number.NaN],
    ['boolean', 'true'],
    ['date', '2026-11-22T10:00:00Z'],
    ['timestamp with time zone', 'yesterday'],
    ['text[]', [1]],
    ['text', 'a\0b'],
    ['jsonb', { name: 'a\0b' }],
  ] as const)('refuses a value that no %s column takes, without quoting it', (type, value) => {
    const refused = () => columnText(type, value, 'learners.full_name');
    expect(refused).toThrow(RowError);
    expect(refused).toThrow('learners.full_name does not take such a value');
  });
});
