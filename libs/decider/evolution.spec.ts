import { randomUUID } from 'node:crypto';
import { randomId, readHeader } from '@ardoise/format';
import {
  defineEvent,
  EventRegistry,
  Opener,
  Sealer,
  split,
  text,
  type AnyEvent,
  type AnyOpened,
} from '@ardoise/sealing';
import { SettableClock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { AppendingStore } from '../testing/appending-store';
import { FakeVault } from '../testing/fake-vault';
import { Recorder, type CommandContext, type Decider } from '.';

/** A word was written with its meaning, as long as nobody saw that a meaning is evidence, and is kept for longer. */
const wordWritten1 = defineEvent({
  type: 'word-written',
  schema: 1,
  stream: 'board',
  facts: {},
  sections: { writer: { category: 'learning', fields: { word: text(50), meaning: text(50) } } },
});
const wordWritten = defineEvent({
  type: 'word-written',
  schema: 2,
  stream: 'board',
  facts: {},
  sections: { writer: { category: 'learning', fields: { word: text(50) } } },
});
const meaningSaid = defineEvent({
  type: 'meaning-said',
  schema: 1,
  stream: 'board',
  facts: {},
  sections: { writer: { category: 'learning', fields: { meaning: text(50) } } },
});
const meaningKept = defineEvent({
  type: 'meaning-kept',
  schema: 1,
  stream: 'glossary',
  facts: {},
  sections: { writer: { category: 'evidence', fields: { meaning: text(50) } } },
});

const way = split(
  wordWritten1,
  { to: wordWritten, sections: { writer: { from: 'writer', fields: ({ word }) => ({ word }) } } },
  { to: meaningSaid, sections: { writer: { from: 'writer', fields: ({ meaning }) => ({ meaning }) } } },
);
const categories = ['learning', 'evidence'];
const before = new EventRegistry([wordWritten1], categories);
const after = new EventRegistry([wordWritten, meaningSaid, meaningKept], categories, [way]);

type Words = readonly (string | undefined)[];
type Anything = Decider<Words, AnyEvent, AnyEvent, AnyOpened>;

/** Says what it is told to, and remembers the fields of what it knows. */
const saying = (kind: string, events: Anything['events']): Anything => ({
  kind,
  events,
  initialState: () => [],
  evolve: (state, { sections: { writer } }) => [
    ...state,
    ...(Object.values(writer?.fields ?? { gone: 'gone' }) as string[]),
  ],
  decide: (command) => [command],
});
const board = saying('board', [wordWritten, meaningSaid]);
const glossary = saying('glossary', [meaningKept]);

const organisation = 'moniravique';
const person = randomId();
const occurredAt = '2026-11-22T10:11:12.345Z';
const written = (fields: { [name: string]: string }, type = 'word-written'): AnyEvent => ({
  type,
  facts: {},
  sections: { writer: { person, occurredAt, fields } },
});
const context = (given: Partial<CommandContext> = {}): CommandContext => ({
  organisation,
  commandId: randomUUID(),
  source: 'staff',
  request: { to: '/words', body: 1 },
  ...given,
});

/** One log and vault, and a program of each version on it. */
function desk() {
  const store = new AppendingStore();
  const vault = new FakeVault();
  const clock = new SettableClock(new Date('2026-11-22T10:11:12.345Z'));
  const program = (registry: EventRegistry): Recorder =>
    new Recorder({
      store,
      vault: vault as unknown as Vault,
      sealer: new Sealer(registry, vault),
      opener: new Opener(registry, vault),
      clock,
      policyOf: () => 3,
    });
  return { store, vault, older: program(before), newer: program(after), stream: `board-${randomId()}` };
}

describe('a stream that an earlier program wrote', () => {
  it('is folded by the present one, and goes on with one event after the other', async () => {
    const { older, newer, stream, store } = desk();
    const bytes = () =>
      store.log.slice(0, 1).map(({ header, sections }) => [header.toString('hex'), sections.toString('hex')]);
    await older.execute(saying('board', [wordWritten1]), stream, written({ word: 'a', meaning: 'b' }), context());
    const stored = bytes();
    const outcome = await newer.execute(board, stream, written({ word: 'c' }), context());
    expect(outcome).toMatchObject({ version: 2, state: ['a', 'b', 'c'], repeated: false });
    expect(await newer.load(board, organisation, stream)).toMatchObject({ version: 2, state: ['a', 'b', 'c'] });
    expect(store.log.map(({ header }) => readHeader(header)).map(({ schema, version }) => [schema, version])).toEqual([
      [1, 0],
      [2, 1],
    ]);
    expect(bytes()).toEqual(stored);
  });

  it('tells a repeated command what it comes to now, and another under its id that it is another', async () => {
    const { older, newer, stream, store } = desk();
    const given = context();
    await older.execute(saying('board', [wordWritten1]), stream, written({ word: 'a', meaning: 'b' }), given);
    const repeated = await newer.execute(board, stream, written({ word: 'a' }), given);
    expect(repeated).toMatchObject({ version: 1, repeated: true, state: ['a', 'b'] });
    expect(repeated.events.map(({ type }) => type)).toEqual(['word-written', 'meaning-said']);
    const other = newer.execute(board, stream, written({ word: 'a' }), {
      ...given,
      request: { to: '/words', body: 2 },
    });
    await expect(other).rejects.toMatchObject({ code: 'idempotency-key-reused' });
    expect(store.appends).toBe(1);
  });

  it('is folded by an earlier program only as far as that knows it: nothing is recorded on top of the rest', async () => {
    const { older, newer, stream, store } = desk();
    await newer.execute(board, stream, written({ word: 'a' }), context());
    const more = older.execute(
      saying('board', [wordWritten1]),
      stream,
      written({ word: 'b', meaning: 'c' }),
      context(),
    );
    await expect(more).rejects.toMatchObject({ code: 'event-type-unknown', type: 'word-written', schema: 2 });
    expect(store.appends).toBe(1);
  });

  it('loses nothing that belongs to another category: it is recorded again there, before its own unit ends', async () => {
    const { older, newer, stream, store, vault } = desk();
    await older.execute(saying('board', [wordWritten1]), stream, written({ word: 'a', meaning: 'b' }), context());
    // No upcaster can say under which unit it would be kept: what is sealed as learning ends with learning.
    const { events } = await newer.load(board, organisation, stream);
    const said = events.find(({ type }) => type === 'meaning-said')!;
    const again = written({ meaning: String(said.sections.writer?.fields.meaning) }, 'meaning-kept');
    const kept = `glossary-${randomId()}`;
    await newer.execute(glossary, kept, again, context({ causation: said.id }));

    const unitOf = (at: number) => readHeader(store.log[at]!.header).sections[0]!.unit;
    expect(unitOf(1)).not.toBe(unitOf(0));
    vault.endUnit(unitOf(0));
    expect((await newer.load(board, organisation, stream)).state).toEqual(['gone', 'gone']);
    expect((await newer.load(glossary, organisation, kept)).state).toEqual(['b']);
  });
});
