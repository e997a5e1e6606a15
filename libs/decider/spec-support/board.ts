import { randomUUID } from 'node:crypto';
import { randomId } from '@ardoise/format';
import {
  defineEvent,
  EventRegistry,
  integer,
  Opener,
  Sealer,
  text,
  type AnyEvent,
  type EventOf,
  type OpenedOf,
} from '@ardoise/sealing';
import { SettableClock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import type { RecentStates, Snapshots } from '@ardoise/snapshots';
import { AppendingStore } from '../../testing/appending-store';
import { FakeVault } from '../../testing/fake-vault';
import { conflict, Recorder, type CommandContext, type Decider } from '..';

export const organisation = 'moniravique';

const lineWritten = defineEvent({
  type: 'line-written',
  schema: 2,
  stream: 'board',
  facts: {},
  sections: {
    writer: { category: 'learning', fields: { words: text(50) } },
    author: { category: 'staff', fields: {}, optional: true },
  },
});
const boardCleaned = defineEvent({
  type: 'board-cleaned',
  schema: 1,
  stream: 'board',
  facts: { times: integer(1) },
  sections: {},
});
const registry = new EventRegistry([lineWritten, boardCleaned], ['learning', 'staff']);

export type BoardEvent = EventOf<typeof lineWritten> | EventOf<typeof boardCleaned>;
export type BoardOpened = OpenedOf<typeof lineWritten> | OpenedOf<typeof boardCleaned>;

export interface Board {
  readonly lines: readonly (string | undefined)[];
  readonly cleaned: number;
}

export type BoardCommand =
  | { readonly write: readonly string[]; readonly person: string; readonly author?: string }
  | { readonly clean: true }
  | { readonly nothing: true };

/** A slate on which a few lines have room: enough of a capability to record commands. */
export const board: Decider<Board, BoardCommand, BoardEvent, BoardOpened> = {
  kind: 'board',
  events: [lineWritten, boardCleaned],
  snapshots: {
    version: 1,
    // JSON has no place for a line that was erased but null.
    write: ({ lines, cleaned }) => ({ lines: lines.map((line) => line ?? null), cleaned }),
    read(written) {
      const { lines, cleaned } = written as { lines: (string | null)[]; cleaned: number };
      return { lines: lines.map((line) => line ?? undefined), cleaned };
    },
  },
  initialState: () => ({ lines: [], cleaned: 0 }),
  evolve(state, event) {
    if (event.type === 'board-cleaned') return { lines: [], cleaned: state.cleaned + 1 };
    const words = event.sections.writer?.fields.words;
    if (words === 'cannot be folded') throw new Error('evolve is not total');
    return { ...state, lines: [...state.lines, words] };
  },
  decide(command, state, { occurredAt }) {
    if ('nothing' in command) return [];
    if ('clean' in command) return [{ type: 'board-cleaned', facts: { times: state.cleaned + 1 }, sections: {} }];
    if (state.lines.length + command.write.length > 3) throw conflict('board-full', 'there is no room');
    const { person, author } = command;
    return command.write.map((words) => ({
      type: 'line-written',
      facts: {},
      sections: {
        // Not in the order of the declaration, on purpose.
        ...(author === undefined ? {} : { author: { person: author, occurredAt, fields: {} } }),
        writer: { person, occurredAt, fields: { words } },
      },
    }));
  },
};

/** A recorder over a log and keys in memory, and what a spec needs around it. */
export function desk() {
  const store = new AppendingStore();
  const vault = new FakeVault();
  const clock = new SettableClock(new Date('2026-11-22T10:11:12.345Z'));
  const person = randomId();
  const stream = `board-${randomId()}`;
  const opener = new Opener(registry, vault);
  const another = (snapshots?: Snapshots, recent?: RecentStates) =>
    new Recorder({
      ...(snapshots ? { snapshots } : {}),
      ...(recent ? { recent } : {}),
      store,
      vault: vault as unknown as Vault,
      sealer: new Sealer(registry, vault),
      opener,
      clock,
      policyOf: () => 3,
    });
  const recorder = another();
  return {
    store,
    vault,
    clock,
    person,
    stream,
    recorder,
    /** Another process's recorder, on the same log. */
    another,
    execute: (command: BoardCommand, given: Partial<CommandContext> = {}, by: Recorder = recorder) =>
      by.execute(board, stream, command, context(given)),
    write: (...words: string[]): BoardCommand => ({ write: words, person }),
    opened: async () => (await opener.open(organisation, store.log)) as readonly (BoardOpened & AnyEvent)[],
  };
}

export const context = (given: Partial<CommandContext> = {}): CommandContext => ({
  organisation,
  commandId: randomUUID(),
  source: 'staff',
  request: { to: '/lines', body: {} },
  ...given,
});
