import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '@ardoise/testing';
import { filesOf, headersIn, makeBundle } from '../support/bundles';
import { startTestServer } from '../support/server';

const root = join(__dirname, '..', '..');

describe('the policies in a bundle', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-policies-'));

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('are all that were adopted, each the bytes whose digest the log has', async () => {
    const policies = join(folder, 'policies');
    cpSync(join(root, 'policies'), policies, { recursive: true });
    const keysFolder = join(folder, 'keys');
    const environment = { ARDOISE_POLICIES: policies };
    const first = await startTestServer({ databaseUrl: database.url, keysFolder, environment });
    await first.close();
    const profile = join(policies, 'mira.yaml');
    writeFileSync(profile, readFileSync(profile, 'utf8').replace('version: 1', 'version: 2'));

    const server = await startTestServer({ databaseUrl: database.url, keysFolder, environment });
    const path = join(folder, 'bundle.tar');
    await makeBundle(server, path);
    await server.close();
    const files = await filesOf(path);
    const adopted = headersIn(files).filter(({ type }) => type === 'policy-adopted');
    expect(adopted.map(({ facts }) => facts.policy)).toEqual([1, 2]);
    for (const { facts } of adopted) {
      const bytes = files.get(`policies/${facts.policy as number}.json`) as Buffer;
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(facts.digest);
    }
  });
});
