import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forkTypeScript, messageFrom } from '@ardoise/testing';
import { FolderWitnessStore } from './folder-witness-store';

const [one, two] = ['1'.repeat(64), '2'.repeat(64)];
const lease = 400;
const program = join(__dirname, 'spec-support/store.process.ts');

describe("a witness's folder", () => {
  let folder: string;
  const children: ChildProcess[] = [];

  beforeEach(() => (folder = join(mkdtempSync(join(tmpdir(), 'ardoise-witness-')), 'state')));
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(join(folder, '..'), { recursive: true, force: true });
  });

  const put = (store: FolderWitnessStore, hash: string, record: string): Promise<string> =>
    store.update(hash, async () => ({ next: Buffer.from(record), result: 'written' }));
  const read = async (store: FolderWitnessStore, hash: string) => (await store.read(hash))?.toString();
  const start = async (): Promise<{ child: ChildProcess; word: string }> => {
    const child = forkTypeScript(program, [folder, String(lease)]);
    children.push(child);
    return { child, word: await messageFrom<string>(child) };
  };
  const tell = (child: ChildProcess, hash: string, record: string): Promise<string> => {
    const answer = messageFrom<string>(child);
    child.send({ hash, record });
    return answer;
  };

  it('gives back what was written, by another owner too, and leaves nothing else behind', async () => {
    const first = await FolderWitnessStore.open(folder, lease);
    expect(await first.read(one)).toBeUndefined();
    await put(first, one, 'a');
    await put(first, two, 'b');
    await put(first, one, 'c');
    await first.close();
    const second = await FolderWitnessStore.open(folder, lease);
    expect([await read(second, one), await read(second, two)]).toEqual(['c', 'b']);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).sort()).toEqual(['checkpoints-2', 'owner-1', 'owner-2', 'released-1']);
    expect(readdirSync(join(folder, 'checkpoints-2')).sort()).toEqual([one, two]);
    await second.close();
  });

  it('makes one change of a log after the other, and those of others beside it', async () => {
    const store = await FolderWitnessStore.open(folder, lease);
    const append = (hash: string) =>
      store.update(hash, async (current) => ({ next: Buffer.from(`${current?.toString() ?? ''}x`), result: null }));
    await Promise.all(Array.from({ length: 20 }, (_, at) => append(at % 2 ? one : two)));
    expect([await read(store, one), await read(store, two)]).toEqual(['x'.repeat(10), 'x'.repeat(10)]);
    await expect(store.update(one, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await read(store, one)).toBe('x'.repeat(10));
    await expect(store.read('../../etc/passwd')).rejects.toThrow(RangeError);
    await store.close();
  });

  it('has one owner of all processes, who is followed after a crash, with all that was written', async () => {
    const { child, word } = await start();
    expect(word).toBe('open');
    expect(await tell(child, one, 'of the first')).toBe('written');
    expect((await start()).word).toBe('witness-folder-in-use');
    await expect(FolderWitnessStore.open(folder, lease)).rejects.toMatchObject({ code: 'witness-folder-in-use' });
    child.kill('SIGKILL');
    const store = await FolderWitnessStore.open(folder, lease);
    expect(await read(store, one)).toBe('of the first');
    await store.close();
  });

  it('is not written any more by an owner that was taken over while it slept', async () => {
    const { child } = await start();
    expect(await tell(child, one, 'before')).toBe('written');
    child.kill('SIGSTOP');
    const store = await FolderWitnessStore.open(folder, lease);
    await put(store, one, 'after');
    child.kill('SIGCONT');
    expect(await tell(child, one, 'too late')).toBe('witness-folder-lost');
    expect(await read(store, one)).toBe('after');
    await store.close();
  });
});
