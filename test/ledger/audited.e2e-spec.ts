import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBundle } from '@ardoise/bundle';
import { verify, type Verification } from '../../apps/auditor/verification/verification';
import { makeBundle } from '../support/bundles';
import { erased } from '../support/erasing';
import { startTestServer, type TestServer } from '../support/server';
import { createCourse, openSession, tellStory } from '../support/story';

describe('a bundle of a real server, before an auditor', () => {
  let server: TestServer;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ardoise-audited-'));
    server = await startTestServer();
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  const audited = async (name: string): Promise<Verification> => {
    await makeBundle(server, join(folder, name));
    const files = await openBundle(join(folder, name));
    return verify(files).finally(() => files.close());
  };

  it('has nothing wrong, before an erasure and after it', async () => {
    const course = await createCourse(server);
    const session = await openSession(server, course);
    const { person } = await tellStory(server, 'Ysolde', { course, session });
    await server.settled();
    const before = await audited('before.tar');
    await erased(server, person);
    const after = await audited('after.tar');
    for (const { verdict, checks } of [before, after]) {
      expect(checks.flatMap(({ wrong }) => wrong ?? [])).toEqual([]);
      // Nobody named keys and witnesses.
      expect(verdict).toBe('in-part');
      expect(checks.filter(({ state }) => state !== 'passed').map(({ check }) => check)).toEqual([
        'keys',
        'cosignatures',
      ]);
    }
    expect(after.checks.find(({ check }) => check === 'units')?.counts['ended units']).toBeGreaterThan(0);
  });
});
