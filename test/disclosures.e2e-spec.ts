import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkDisclosure, type Disclosure } from '@ardoise/disclosure';
import { createTestDatabase } from '@ardoise/testing';
import { runArdoise, type CommandResult } from './support/command';
import { startTestServer, type TestServer } from './support/server';
import { registerLearner } from './support/story';

describe('disclosures on the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-disclose-'));
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let server: TestServer;
  let person: string;
  let event: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    server = await startTestServer({ databaseUrl: database.url, keysFolder: join(folder, 'keys') });
    person = await registerLearner(server, 'Hilda');
    const { store, opener, vault } = server.platform;
    const { stream } = (await vault.person('mira', person)) as { stream: string };
    const events = await opener.open('mira', await store.readStream('mira', stream));
    const found = events.find(({ sections }) => sections.self?.fields.name === 'given-name')!;
    event = `${stream}@${found.version}`;
  });

  afterAll(async () => {
    await server.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const disclose = (...words: string[]): Promise<CommandResult> =>
    runArdoise(database.url, ['disclose', ...words], {
      ARDOISE_DATA: join(folder, 'data'),
      ARDOISE_KEYS: join(folder, 'keys'),
      LOG_LEVEL: 'error',
    });
  const options = ['--organisation', 'mira', '--recipient', 'Hôpital Nord', '--ground', 'Contrat'];

  it('are written as a file or a page, and recorded', async () => {
    const out = join(folder, 'disclosure.json');
    const made = await disclose(event, ...options, '--fields', 'value,name', '--out', out, '--json');
    expect([made.code, made.err]).toEqual([0, '']);
    const text = readFileSync(out, 'utf8');
    expect(checkDisclosure(text)).toMatchObject({
      verdict: 'in-part',
      shown: {
        sections: [
          {
            fields: [
              { name: 'name', value: 'given-name' },
              { name: 'value', value: 'Hilda' },
            ],
          },
        ],
      },
    });
    const page = join(folder, 'disclosure.html');
    const paged = await disclose(event, ...options, '--fields', 'self.value', '--page', '--out', page);
    expect([paged.code, paged.out]).toEqual([
      0,
      expect.stringMatching(/^disclosed: recorded by event [0-9a-f]{32}, leaf/),
    ]);
    // Without a public address the code names the leaf.
    const { keys, index } = JSON.parse(text) as Disclosure;
    expect(readFileSync(page, 'utf8')).toContain(`${keys[0]!.split('+')[0]}\n${index}\n`);
    await server.settled();
    const { items } = (await server.get(`/persons/${person}/disclosures`).expect(200)).body;
    expect(items).toHaveLength(2);
    expect(items[0]).toMatchObject({ recipient: 'Hôpital Nord', recipientKind: 'other', ground: 'Contrat' });
  });

  it('leave no file behind when they are refused, and take none that is there', async () => {
    const out = join(folder, 'refused.json');
    const refused = await disclose(event, ...options, '--fields', 'score', '--out', out);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('field-unknown')]);
    expect(existsSync(out)).toBe(false);
    const taken = join(folder, 'disclosure.json');
    const before = readFileSync(taken, 'utf8');
    expect((await disclose(event, ...options, '--fields', 'value', '--out', taken)).code).toBe(1);
    expect(readFileSync(taken, 'utf8')).toBe(before);
    expect((await disclose('nothing', ...options, '--fields', 'value', '--out', out)).code).toBe(2);
  });
});
