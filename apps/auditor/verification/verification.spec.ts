import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseTrustPolicy } from '@ardoise/ledger';
import { LayeredFiles } from '../log/layered-files';
import { History, idFor } from '../spec-support/history';
import { InterruptedError, verify, type VerificationOptions } from './verification';
import { WorkFolder } from './work-folder';

/** A thousand events of two hundred persons, a tenth of whom are erased. */
async function thousand(): Promise<History> {
  const history = new History();
  for (let index = 0; index < 1_000; index++) {
    const [stream, unit] = [`person-${idFor(`person ${index}`)}`, idFor(`unit ${index}`)];
    history.add({ type: 'person-registered', stream, units: [unit] });
    if (index % 10 === 9) history.fence([unit]);
    if (index % 100 === 99) await history.checkpoint();
  }
  return history;
}

const policed = (history: History): VerificationOptions => {
  const text = history.policy();
  return { policy: { text, trust: parseTrustPolicy(text) } };
};

describe('a verification that is stopped', () => {
  it('goes on from where it was, and says the same as one that was not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ardoise-resume-'));
    try {
      const file = join(folder, 'resume');
      const history = await thousand();
      const options = policed(history);
      const whole = await verify(history.files(), options);
      expect(whole.verdict).toBe('verified');
      for (const stopAt of [256, 512, 1_024]) {
        const controller = new AbortController();
        const onProgress = (done: number): void => {
          if (done >= stopAt) controller.abort();
        };
        const work = WorkFolder.resumable(file);
        const stopped = verify(history.files(), { ...options, work, signal: controller.signal, onProgress });
        await expect(stopped).rejects.toBeInstanceOf(InterruptedError);
        expect(existsSync(file)).toBe(true);
      }
      const other = {
        ...options,
        older: [{ name: 'kept', bytes: Buffer.from('x') }],
        work: WorkFolder.resumable(file),
      };
      await expect(verify(history.files(), other)).rejects.toMatchObject({ code: 'resume-of-another' });
      expect(await verify(history.files(), { ...options, work: WorkFolder.resumable(file) })).toEqual(whole);
      expect(existsSync(file)).toBe(false);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('an increment', () => {
  it('is verified with the bundle that it goes on from, and in part without', async () => {
    const history = await thousand();
    const before = history.files();
    for (let index = 0; index < 300; index++) {
      history.add({
        type: 'person-registered',
        stream: `person-${idFor(`later ${index}`)}`,
        units: [idFor(`new ${index}`)],
      });
    }
    history.fence([idFor('unit 0')]);
    history.wait(86_400);
    history.adoptPolicy(1, 1);
    await history.checkpoint();
    const whole = await verify(history.files(), policed(history));
    history.since = { incarnation: 1, size: 1_100 };
    const increment = history.files();
    expect(increment.files.has('1/tile/entries/000')).toBe(false);
    const layered = await verify(new LayeredFiles(increment, before), { ...policed(history), layered: true });
    expect([layered.verdict, whole.verdict]).toEqual(['verified', 'verified']);
    const alone = await verify(increment, policed(history));
    expect(alone.verdict).toBe('in-part');
    expect(alone.checks.filter(({ state }) => state === 'refused')).toEqual([]);
    increment.files.delete('1/tile/entries/004');
    expect((await verify(increment, policed(history))).verdict).toBe('refused');
  });
});
