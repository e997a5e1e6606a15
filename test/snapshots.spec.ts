import type { Decider } from '@ardoise/decider';
import { sha256Hex } from '@ardoise/format';
import { categories } from '@ardoise/policy';
import { EventRegistry, type AnyEvent, type AnyOpened } from '@ardoise/sealing';
import { resolve } from 'node:path';
import { openerOf, storedFrozen } from '../libs/testing/frozen-event';
import { capabilities } from '../src/capabilities';
import { FrozenEvents } from '../tools/frozen-events';

/**
 * What the frozen events come to, by kind of stream and version of its snapshots. Whoever changes what events come to, or
 * how a state is written, raises `snapshots.version` and writes the new line; lines of before are not needed.
 */
const onRecord: Readonly<Record<string, string>> = {
  'attendance/1': '37e2413657296b7fa710a8592014a6111496eea549828bc3fe7d316c71ff0135',
  'learning/1': '82e20cdcea38e016ea35e3dbb935ce6e5ce7c662a35df28aeb08e5df45aec188',
  'session/1': 'ee3bbf010dd23b31ad0ef06cbf2d505349c34c30044441fb1b2da5d5a029a562',
};

type AnyDecider = Decider<unknown, never, AnyEvent, AnyOpened>;

describe('states that are kept beside long streams', () => {
  const frozen = new FrozenEvents(resolve(__dirname, '..'), capabilities);
  const registry = new EventRegistry(
    capabilities.flatMap(({ events }) => [...events]),
    categories,
    capabilities.flatMap(({ upcasters }) => [...(upcasters ?? [])]),
  );
  const keeping = capabilities
    .flatMap(({ deciders }) => deciders as readonly AnyDecider[])
    .filter(({ snapshots }) => snapshots !== undefined);

  async function eventsOf({ events }: AnyDecider): Promise<AnyOpened[]> {
    const opened: AnyOpened[] = [];
    for (const { type } of events) {
      for (const { frozen: stored } of frozen.all().filter(({ declaration }) => declaration.type === type)) {
        const event = storedFrozen(stored);
        opened.push(...(await openerOf(stored, registry).open(event.organisation, [event])));
      }
    }
    return opened;
  }

  it('are of one decider for each kind of stream', () => {
    const kinds = keeping.map(({ kind }) => kind);
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(kinds.toSorted()).toEqual(['attendance', 'learning', 'session']);
  });

  it.each(keeping.map((decider) => [decider.kind, decider] as const))(
    'of kind %s are read as they were written, after every event',
    async (_, decider) => {
      let state = decider.initialState();
      for (const event of await eventsOf(decider)) {
        state = decider.evolve(state, event);
        const written = JSON.stringify(decider.snapshots?.write(state));
        expect(decider.snapshots?.read(JSON.parse(written))).toEqual(state);
      }
      expect(state).not.toEqual(decider.initialState());
    },
  );

  it.each(keeping.map((decider) => [decider.kind, decider] as const))(
    'of kind %s are of another version when the same events come to another state',
    async (_, decider) => {
      const state = (await eventsOf(decider)).reduce(
        (before, event) => decider.evolve(before, event),
        decider.initialState(),
      );
      const written = JSON.stringify(decider.snapshots?.write(state));
      expect(onRecord[`${decider.kind}/${decider.snapshots?.version}`]).toBe(sha256Hex(Buffer.from(written)));
    },
  );
});
