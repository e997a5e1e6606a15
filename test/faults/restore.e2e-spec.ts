import { restoreSteps } from '@ardoise/backup';
import { createTestDatabase, forkTypeScript } from '@ardoise/testing';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { backUpSite, restoreSite, type Site } from '../support/backups';
import { contentOf, guardsOf } from '../support/database-content';
import { nodeOf } from '../support/engine';
import { startTestServer } from '../support/server';
import { registerLearner } from '../support/story';
import type { RestoreTask } from './restore-process';

describe('a restore that is killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-restore-'));
  const [early, late] = [join(folder, 'early'), join(folder, 'late')];
  const blobName = join('blobs', 'mira', 'ab', 'ab'.repeat(16));
  let site: Site;
  let drop: () => Promise<void>;
  let before: Record<string, string>;
  let after: Record<string, string>;
  let guards: string[];

  /** Makes a person and a backup; gives what the database holds. */
  async function live(name: string, backup: string): Promise<Record<string, string>> {
    const server = await startTestServer({ databaseUrl: site.url, keysFolder: site.keysFolder });
    await registerLearner(server, name);
    await server.settled();
    await server.close();
    await backUpSite(site, backup);
    return content();
  }

  /** What is put back: read models are not where the log is elsewhere. */
  async function content(): Promise<Record<string, string>> {
    return contentOf(site.url, (await nodeOf(site.url)) ? ['log', 'ledger', 'vault'] : undefined);
  }

  beforeAll(async () => {
    const database = await createTestDatabase();
    drop = database.drop;
    site = { url: database.url, dataFolder: join(folder, 'data'), keysFolder: join(folder, 'keys') };
    mkdirSync(join(site.dataFolder, blobName, '..'), { recursive: true });
    writeFileSync(join(site.dataFolder, blobName), 'sealed');
    after = await live('Early', early);
    before = await live('Late', late);
    // What was signed since the backup is not forgotten.
    after = { ...after, 'ledger.checkpoints': before['ledger.checkpoints'] ?? '' };
    guards = await guardsOf(site.url);
  });

  afterAll(async () => {
    await drop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(task: RestoreTask): Promise<[number | null, string | null]> {
    const child = forkTypeScript(join(__dirname, 'restore-process.ts'), [JSON.stringify(task)]);
    return (await once(child, 'exit')) as [number | null, string | null];
  }

  it.each(restoreSteps)('after %s leaves the old or the new, and is done by the next one', async (step) => {
    await restoreSite(site, [late]);
    rmSync(join(site.dataFolder, blobName));
    expect(await run({ site, from: early, dieAfter: step })).toEqual([null, 'SIGKILL']);
    const committed = restoreSteps.indexOf(step) >= restoreSteps.indexOf('restore/committed');
    expect(await content()).toEqual(committed ? after : before);
    expect(await guardsOf(site.url)).toEqual(guards);
    expect(await run({ site, from: early })).toEqual([0, null]);
    expect(await content()).toEqual(after);
    expect(await guardsOf(site.url)).toEqual(guards);
    expect(readFileSync(join(site.dataFolder, blobName), 'utf8')).toBe('sealed');
  });
});
