import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { verify } from '@ardoise/signing';
import { canonicalBytes, readHeader, type Json } from '@ardoise/format';
import { createTestDatabase, type TestDatabase } from '@ardoise/testing';
import type { lossReasons } from '../src/keys/domain/events';
import { Recovery } from '../src/keys/recovery/recovery';
import { Reactions } from '../src/platform/reactions';
import { copyOf } from './support/put-back';
import { searchDatabase } from './support/search';
import { startTestServer, until, type TestServer } from './support/server';
import { createCourse, registerLearner, tellStory, type Story } from './support/story';

const marker = 'CANARY-9B2E';

/** One learner to be erased, one who stays, and a copy of everything from before the erasure. */
describe('after a backup was put back', () => {
  let database: TestDatabase;
  let folder: string;
  let server: TestServer;
  let erased: Story;
  let stays: Story;
  let starts = 0;

  const start = async (): Promise<void> => {
    starts += 1;
    // Each a minute later: the leases of whoever ran when the copy was taken are over.
    const now = new Date(Date.parse('2026-03-02T09:00:00Z') + starts * 60_000).toISOString();
    server = await startTestServer({ databaseUrl: database.url, keysFolder: join(folder, 'keys'), now });
  };
  const recover = async (reason: (typeof lossReasons)[number]): Promise<boolean> => {
    const done = await new Recovery(server.platform, server.app.get(Reactions)).run({ organisation: 'mira', reason });
    await server.settled();
    return done;
  };
  const reasons = (organisation = 'mira'): string[] =>
    server.platform.quarantines.of(organisation)?.reasons.map(({ code }) => code) ?? [];
  const erase = async (person: string): Promise<string> => {
    const { body } = await server.post(`/persons/${person}/erasures`).expect(202);
    await server.settled();
    await until(async () => (await server.get(`/erasures/${body.id}`)).body.state === 'completed');
    await server.settled();
    return body.id as string;
  };
  const eventsOf = async (type: string) => {
    const stored = await server.platform.store.readStream('mira', `vault-${'0'.repeat(32)}`);
    return stored.map(({ header }) => readHeader(header)).filter((header) => header.type === type);
  };
  /** What the API says of the person who was erased; nothing of it may hold the marker. */
  const shown = async (): Promise<string> => {
    const paths = ['', '/learning-record', '/payments', '/consents', '/logins', '/enrolments', '/replay'];
    const answers = [];
    for (const path of paths) answers.push((await server.get(`/persons/${erased.person}${path}`)).body);
    answers.push((await server.get('/persons?limit=100')).body, (await server.get(`/invoices/${erased.invoice}`)).body);
    return JSON.stringify(answers);
  };
  const opens = async (person: string): Promise<string[]> => {
    const units = await server.platform.vault.unitsOf('mira', [person]);
    const states = await server.platform.upkeep.examine('mira', units);
    return units.filter(({ unit, state }) => states.get(unit) === 'open' && state !== 'held').map(({ unit }) => unit);
  };
  const newFact = () =>
    server.post(`/persons/${erased.person}/profile-values`, { name: 'phone', value: '+33612345679' });

  beforeEach(async () => {
    database = await createTestDatabase();
    folder = mkdtempSync(join(tmpdir(), 'ardoise-restored-'));
    await start();
    const course = await createCourse(server);
    const session = (
      await server.post('/sessions', {
        course,
        title: 'S',
        startsOn: '2026-03-09',
        endsOn: '2026-06-30',
        modality: 'mixed',
      })
    ).body.id as string;
    erased = await tellStory(server, marker, { course, session });
    stays = await tellStory(server, 'Bystander', { course, session });
  });

  afterEach(async () => {
    await server.close();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('the vault from before an erasure: its log ends the keys again, and fences the person', async () => {
    const before = await copyOf(database.url, 'vault');
    await erase(erased.person);
    await server.close();
    await before.putBack();
    await start();
    expect(reasons()).toEqual(['vault-older']);
    expect(await shown()).not.toContain(marker);
    expect(await opens(erased.person)).toEqual([]);
    expect((await server.platform.vault.person('mira', erased.person))?.state).toBe('erased');
    const held = (await server.platform.vault.unitsOf('mira', [erased.person])).filter(({ state }) => state === 'held');
    expect(held.find(({ category }) => category === 'billing')).toMatchObject({
      ground: server.platform.policies.get('mira')?.accounting.ground,
      keptUntil: new Date('2036-12-31T23:00:00.000Z'),
    });
    expect(await recover('vault-restored')).toBe(true);
    expect(reasons()).toEqual([]);
    expect((await newFact()).body.code).toBe('person-erased');
    expect(await opens(erased.person)).toEqual([]);
    expect(await shown()).not.toContain(marker);
    expect((await server.get(`/persons/${stays.person}`)).status).toBe(200);
  });

  it('log and vault together, the anchor in place: quarantine, recovery, and nothing of the person opens', async () => {
    const before = await copyOf(database.url, 'vault', 'log', 'read', 'reactions', 'erasures');
    const receipt = (await server.get(`/erasures/${await erase(erased.person)}/receipt`)).body as {
      readonly units: readonly (readonly [string, string])[];
    };
    await registerLearner(server, 'After');
    await server.close();
    await before.putBack();
    await start();
    expect(reasons()).toEqual(expect.arrayContaining(['log-older', 'vault-older']));
    expect(await shown()).not.toContain(marker);
    expect(await searchDatabase(database.url, marker, ['read'])).toEqual([]);
    const refused = await newFact();
    expect([refused.status, refused.body.code]).toEqual([503, 'organisation-quarantined']);
    expect(refused.body.detail).toContain('ardoise recover --organisation mira');
    const ready = await server.http().get('/health/ready').expect(200);
    expect(ready.body).toMatchObject({ checks: { organisations: 'quarantined' }, quarantined: { mira: reasons() } });
    expect((await server.http().get('/metrics')).text).toMatch(
      /ardoise_organisation_quarantined\{organisation="mira",reason="log-older"\} 1/,
    );
    // The others go on.
    const other = await server.http().post('/v1/organisations/parene/courses').send({ title: 'x', modality: 'mixed' });
    expect(other.body.code).not.toBe('organisation-quarantined');
    expect(reasons('parene')).toEqual([]);

    expect(await recover('log-restored')).toBe(true);
    expect(reasons()).toEqual([]);
    expect(await opens(erased.person)).toEqual([]);
    // The receipt of before the restore is still verified by the log alone.
    const named = (await eventsOf('keys-fenced')).flatMap(({ facts }) => facts.units as [string, string][]);
    expect(named).toEqual(expect.arrayContaining(receipt.units));
    expect((await server.platform.vault.person('mira', erased.person))?.state).toBe('erased');
    expect((await newFact()).body.code).toBe('person-erased');
    expect(await shown()).not.toContain(marker);
    expect((await server.get(`/persons/${stays.person}`)).status).toBe(200);
    const person = await registerLearner(server, 'Anew');
    expect((await server.get(`/persons/${person}`)).status).toBe(200);

    // What was signed goes on elsewhere; the tree before is still there, and ends before the new one's first leaf.
    const [ended, tree] = await server.platform.ledger.trees('mira');
    const [reopened] = await eventsOf('ledger-reopened');
    expect(tree).toMatchObject({ incarnation: 2, after: ended?.through });
    const [leaf] = await server.platform.store.readLog('mira', tree?.after ?? 0n, 1);
    expect(readHeader(leaf!.header)).toMatchObject({ type: 'ledger-reopened', id: reopened?.id });
    const gaps = await eventsOf('gap-recorded');
    expect(gaps).toHaveLength(1);
    const { signature, key, ...said } = gaps[0]?.facts as { [name: string]: Json };
    const { service: _, ...signed } = said;
    const bytes = canonicalBytes({ organisation: 'mira', ...signed });
    const { publicKey, id } = server.platform.signing;
    expect(key).toBe(id);
    expect(verify(publicKey, bytes, Buffer.from(signature as string, 'base64'))).toBe(true);

    const head = await server.platform.store.head('mira');
    expect(await recover('log-restored')).toBe(false);
    expect(await server.platform.store.head('mira')).toBe(head);
    await server.close();
    await start();
    expect(reasons()).toEqual([]);
    const digest = await server.platform.projections.digest('mira');
    expect((await server.platform.projections.rebuild()).switched).toBe(true);
    expect(await server.platform.projections.digest('mira')).toBe(digest);
  });

  it('the log, which went on differently before anybody looked', async () => {
    const before = await copyOf(database.url, 'log', 'read', 'reactions');
    for (const name of ['One', 'Two']) await registerLearner(server, name);
    await server.close();
    const anchor = readFileSync(join(folder, 'keys', 'anchors', 'mira.json'));
    await before.putBack();
    // Somebody started it without its anchor.
    for (const kind of ['json', 'ended', 'checkpoint']) rmSync(join(folder, 'keys', 'anchors', `mira.${kind}`));
    await start();
    expect(reasons()).toEqual(['anchor-missing']);
    await recover('log-restored');
    for (const name of ['Three', 'Four', 'Five']) await registerLearner(server, name);
    await server.close();
    writeFileSync(join(folder, 'keys', 'anchors', 'mira.json'), anchor, { mode: 0o600 });
    await start();
    expect(reasons()).toEqual(['log-differs']);
    expect((await newFact()).status).toBe(503);
    expect(await recover('other')).toBe(true);
    expect(reasons()).toEqual([]);
    expect((await server.get(`/persons/${stays.person}`)).status).toBe(200);
  });

  it('the vault alone: what was made since is lost, by the operator’s word, and everything else opens', async () => {
    const before = await copyOf(database.url, 'vault');
    const late = await registerLearner(server, 'Late');
    const made = await server.platform.vault.unitsOf('mira', [late]);
    await server.close();
    await before.putBack();
    await start();
    expect(reasons()).toEqual(['vault-older']);
    expect([...new Set((await server.platform.upkeep.examine('mira', made)).values())]).toEqual(['missing']);
    expect(await recover('vault-restored')).toBe(true);
    expect([...new Set((await server.platform.upkeep.examine('mira', made)).values())]).toEqual(['lost']);
    const named = (await eventsOf('keys-lost')).flatMap(({ facts }) => (facts as { units: [string][] }).units);
    expect(named.map(([unit]) => unit).sort()).toEqual(made.map(({ unit }) => unit).sort());
    expect((await server.get(`/persons/${stays.person}`)).status).toBe(200);
    expect((await opens(stays.person)).length).toBeGreaterThan(8);
    // What is shown was opened before the loss: without it nobody can build those rows again, and that is not passed over.
    const { switched, comparison } = await server.platform.projections.rebuild();
    expect(switched).toBe(false);
    expect(comparison.differences.length).toBeGreaterThan(0);
    for (const { live, rebuilt } of comparison.differences) expect(rebuilt).toBeLessThan(live);
    expect(await server.platform.projections.rebuild({ acceptDifferences: true })).toMatchObject({ switched: true });
    // The log is what it was: its ledger goes on.
    expect(await server.platform.ledger.trees('mira')).toHaveLength(1);
    expect(await eventsOf('ledger-reopened')).toEqual([]);
    expect(await recover('vault-restored')).toBe(false);
  });

  it('an anchor that was deleted, is another organisation’s, or of another format, each by its name', async () => {
    const anchors = join(folder, 'keys', 'anchors');
    await server.close();
    const own = readFileSync(join(anchors, 'mira.json'), 'utf8');
    rmSync(join(anchors, 'mira.json'));
    await start();
    expect(reasons()).toEqual(['anchor-missing']);
    expect((await newFact()).status).toBe(503);
    await server.close();
    writeFileSync(join(anchors, 'mira.json'), readFileSync(join(anchors, 'parene.json')), { mode: 0o600 });
    await start();
    expect(reasons()).toEqual(['anchor-of-another-organisation']);
    await server.close();
    writeFileSync(join(anchors, 'mira.json'), own.replace('"format":1', '"format":7'), { mode: 0o600 });
    await start();
    expect(reasons()).toEqual(['anchor-format-unknown']);
    expect(await recover('other')).toBe(true);
    expect(reasons()).toEqual([]);
    expect(existsSync(join(anchors, 'mira.json'))).toBe(true);
    expect((await newFact()).status).toBeLessThan(300);
  });

  it('a unit of an erased person that nobody ended and no rule keeps: it is refused, at each start, until it is recovered', async () => {
    const { vault } = server.platform;
    const before = await copyOf(database.url, 'vault');
    const units = await vault.unitsOf('mira', [erased.person]);
    const missed = units.find(({ category }) => category === 'learning');
    const { unit, fingerprint } = missed as { unit: string; fingerprint: string };
    // What no code of ours does: ended in the vault, and the log does not say so.
    await vault.destroy('mira', 'f'.repeat(32), [{ unit, fingerprint }]);
    await erase(erased.person);
    await server.close();
    await before.putBack();
    const asked = async () => (await server.platform.vault.openingKeys('mira', [{ unit, fingerprint }])).get(unit);
    for (const again of [false, true]) {
      if (again) await server.close();
      await start();
      expect(reasons()).toEqual(expect.arrayContaining(['vault-older', 'log-older']));
      expect(await asked()).toEqual({ state: 'destroyed', receipt: 'anchor' });
    }
    expect(await recover('vault-restored')).toBe(true);
    // The log names it now, and is its receipt.
    const naming = (await eventsOf('keys-fenced')).filter(({ facts }) => JSON.stringify(facts.units).includes(unit));
    expect(naming).toHaveLength(1);
    expect(await asked()).toEqual({ state: 'destroyed', receipt: naming[0]?.id });
    expect((await server.platform.vault.person('mira', erased.person))?.state).toBe('erased');
    expect(await opens(erased.person)).toEqual([]);
    // The anchor knew more of keys; the log itself was whole.
    expect(await server.platform.ledger.trees('mira')).toHaveLength(1);
  });

  it('a signing key that is gone is not replaced by another: receipts are out that it signed', async () => {
    await server.close();
    const file = join(folder, 'keys', 'receipts.ed25519.pem');
    const key = readFileSync(file);
    rmSync(file);
    await expect(start()).rejects.toMatchObject({ code: 'signing-key-missing' });
    writeFileSync(file, key, { mode: 0o600 });
    await start();
    expect(reasons()).toEqual([]);
  });

  it('is noticed by a server that runs, before it opens anything', async () => {
    const before = await copyOf(database.url, 'vault');
    await erase(erased.person);
    await server.platform.gate.writeAnchors();
    await before.putBack();
    await until(async () => {
      // Whoever opens something next waits for the gate.
      await server.get(`/persons/${erased.person}/replay`);
      return reasons().length > 0;
    });
    expect(reasons()).toEqual(['vault-older']);
    expect(await opens(erased.person)).toEqual([]);
    expect(await shown()).not.toContain(marker);
  });

  it('takes nothing for older that others recorded while it looked', async () => {
    const { projections, gate, anchors } = server.platform;
    const furthest = projections.furthest.bind(projections);
    const asked = jest.spyOn(projections, 'furthest').mockImplementation(async (organisation) => {
      await registerLearner(server, 'Meanwhile');
      return furthest(organisation);
    });
    expect(await gate.check('mira')).toBeUndefined();
    expect(asked).toHaveBeenCalled();
    const head = server.platform.store.head.bind(server.platform.store);
    const read = jest.spyOn(server.platform.store, 'head').mockImplementationOnce(async (organisation) => {
      await erase(erased.person);
      await anchors.write(organisation);
      return head(organisation);
    });
    expect(await gate.check('mira')).toBeUndefined();
    expect(read).toHaveBeenCalled();
    jest.restoreAllMocks();
  });

  it('does not take a key for a sign that nothing was sealed under, nor a log that is newer than its anchor', async () => {
    const request = {
      person: stays.person,
      stream: `enrolment-${randomUUID().replaceAll('-', '')}`,
      category: 'learning',
    };
    await server.platform.vault.sealingKeys('mira', [request]);
    const anchors = join(folder, 'keys', 'anchors');
    const older = readFileSync(join(anchors, 'mira.json'));
    await registerLearner(server, 'More');
    await server.close();
    writeFileSync(join(anchors, 'mira.json'), older, { mode: 0o600 });
    await start();
    expect(reasons()).toEqual([]);
    expect(await recover('other')).toBe(false);
  });
});
