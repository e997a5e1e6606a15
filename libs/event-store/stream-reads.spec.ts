import { StoredEvent } from './event-store';
import { StreamRead, StreamReads } from './stream-reads';

const asked = (stream: string): StreamRead => ({ organisation: 'test', stream, from: 0 });
const found = ({ stream }: StreamRead): StoredEvent[] => [{ stream } as StoredEvent];

describe('gathered reads of streams', () => {
  it('go together when they are asked for together, each with its own answer', async () => {
    const loads: string[][] = [];
    const reads = new StreamReads(async (together) => {
      loads.push(together.map(({ stream }) => stream));
      return together.map(found);
    });
    const names = ['a', 'b', 'a'];
    const answers = await Promise.all(names.map((name) => reads.read(asked(name))));
    expect(answers.map(([event]) => event?.stream)).toEqual(names);
    expect(loads).toEqual([names]);
  });

  it('begin after they were asked for, never with a statement under way', async () => {
    const begun: string[] = [];
    const releases: (() => void)[] = [];
    const reads = new StreamReads((together) => {
      begun.push(together.map(({ stream }) => stream).join());
      return new Promise((resolve) => releases.push(() => resolve(together.map(found))));
    });
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const answers: Promise<StoredEvent[]>[] = [];
    for (const name of names) {
      answers.push(reads.read(asked(name)));
      await new Promise(setImmediate);
    }
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    releases.shift()?.();
    await answers[0];
    await new Promise(setImmediate);
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e,f']);
    releases.forEach((release) => release());
    expect((await Promise.all(answers)).map(([event]) => event?.stream)).toEqual(names);
  });

  it('fail together with their statement, and the next ones do not', async () => {
    let down = true;
    const reads = new StreamReads(async (together) => {
      if (down) throw new Error('away');
      return together.map(found);
    });
    const failed = await Promise.allSettled([reads.read(asked('a')), reads.read(asked('b'))]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    down = false;
    expect(await reads.read(asked('c'))).toHaveLength(1);
  });
});
