import type { Ledger } from '@ardoise/sequencer';
import { AppendingStore } from '../../libs/testing/appending-store';
import { distance, unitName, unitOf } from './log-standing';

type Asked = Pick<Ledger, 'organisations' | 'trees' | 'newestOf'>;

/** Of each tree, after which position it begins, and at which position its newest checkpoint of so many leaves stands. */
const ledger = (...trees: readonly { after: bigint; position: bigint; size: number }[]): Asked =>
  ({
    organisations: () => Promise.resolve(['mira']),
    trees: () => Promise.resolve(trees),
    newestOf: (tree: object) => Promise.resolve(tree),
  }) as unknown as Asked;

describe('what a difference of positions counts', () => {
  const store = new AppendingStore();

  it('is events where they are numbered without a gap, and positions in a log that came back', async () => {
    expect(await unitOf(store, ledger())).toBe('events');
    const [one, two] = [
      { after: 0n, position: 7n, size: 7 },
      { after: 9n, position: 12n, size: 3 },
    ];
    expect(await unitOf(store, ledger(one, two))).toBe('events');
    expect(await unitOf(store, ledger(one, { ...two, position: 840n }))).toBe('positions');
  });

  it('is told with its name', () => {
    const told = (['events', 'positions', 'half-bytes'] as const).map((unit) => [
      distance(1, unit),
      distance(2n, unit),
    ]);
    expect(told).toEqual([
      ['1 event', '2 events'],
      ['1 position of the log', '2 positions of the log'],
      ['1 half bytes of the log', '2 half bytes of the log'],
    ]);
    expect(unitName('half-bytes')).toBe('half bytes of the log');
  });
});
