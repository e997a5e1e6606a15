import { Gatherer } from './gatherer';

describe('a gatherer', () => {
  it('loads once for all who ask in a turn, and once for all who ask meanwhile', async () => {
    const loads: number[][] = [];
    const waits: (() => void)[] = [];
    const gatherer = new Gatherer<number, number>(async (items) => {
      loads.push([...items]);
      await new Promise<void>((resolve) => waits.push(resolve));
      return items.map((item) => item * 10);
    });
    const first = Promise.all([gatherer.ask([1, 2]), gatherer.ask([3])]);
    await new Promise((resolve) => setImmediate(resolve));
    const second = Promise.all([gatherer.ask([4]), gatherer.ask([5, 6])]);
    waits[0]?.();
    expect(await first).toEqual([[10, 20], [30]]);
    await new Promise((resolve) => setImmediate(resolve));
    waits[1]?.();
    expect(await second).toEqual([[40], [50, 60]]);
    expect(loads).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
  });

  it('takes no more than its limit at once, but one call whole', async () => {
    const loads: number[] = [];
    const gatherer = new Gatherer<number, number>(async (items) => {
      loads.push(items.length);
      return [...items];
    }, 3);
    await Promise.all([gatherer.ask([1, 2, 3, 4, 5]), gatherer.ask([6, 7]), gatherer.ask([8]), gatherer.ask([9])]);
    expect(loads).toEqual([5, 3, 1]);
  });

  it('rejects all who shared a load that failed, and goes on', async () => {
    let fails = true;
    const gatherer = new Gatherer<number, number>(async (items) => {
      if (fails) throw new Error('away');
      return [...items];
    });
    const results = await Promise.allSettled([gatherer.ask([1]), gatherer.ask([2])]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await gatherer.ask([3])).toEqual([3]);
  });
});
