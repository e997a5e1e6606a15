import { Turns } from './turns';

describe('turns', () => {
  it('come one after the other for one name, also after a failure', async () => {
    const turns = new Turns();
    const order: string[] = [];
    const work =
      (name: string, fail = false) =>
      async () => {
        order.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        order.push(`${name} ends`);
        if (fail) throw new Error(name);
        return name;
      };
    const first = turns.take('x', work('one', true));
    const second = turns.take('x', work('two'));
    await expect(first).rejects.toThrow('one');
    await expect(second).resolves.toBe('two');
    expect(order).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
  });
});
