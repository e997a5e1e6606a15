import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBundle } from '@ardoise/bundle';
import { Client } from 'pg';
import type { CheckName } from '../../apps/auditor/verification/checks';
import { verify } from '../../apps/auditor/verification/verification';
import { makeBundle } from '../support/bundles';
import { startTestServer, type TestServer } from '../support/server';
import { registerLearner } from '../support/story';

/** Whoever owns the database can write what they like; what was signed before tells. */
describe('a log that its database’s owner changed, before an auditor', () => {
  let server: TestServer;
  let owner: Client;
  let folder: string;
  let bundles = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ardoise-attacked-'));
    server = await startTestServer();
    for (const name of ['Alix', 'Basile', 'Colombe']) await registerLearner(server, name);
    owner = new Client(server.platform.server.url);
    await owner.connect();
    await owner.query('ALTER TABLE log.events DISABLE TRIGGER ALL');
  });
  afterAll(async () => {
    await owner.end();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    await server.platform.sequencer.sequenced('mira', await server.platform.store.head('mira'));
    await owner.query('CREATE TABLE kept_events AS TABLE log.events');
  });
  afterEach(async () => {
    await putBack();
    await owner.query('DROP TABLE kept_events');
  });

  /** As it was, but for what was recorded since. */
  const putBack = async (): Promise<void> => {
    await owner.query(
      `DELETE FROM log.events WHERE (organisation, position) IN (SELECT organisation, position FROM kept_events);
       INSERT INTO log.events TABLE kept_events`,
    );
  };

  const altered = async (statement: string, values: unknown[] = []): Promise<void> => {
    const { rowCount } = await owner.query(statement, values);
    expect(rowCount).toBeGreaterThan(0);
  };

  /** What the auditor has against a bundle that is made now. */
  const caught = async (): Promise<Map<CheckName, string>> => {
    const path = join(folder, `${++bundles}.tar`);
    await makeBundle(server, path);
    const files = await openBundle(path);
    const { verdict, checks } = await verify(files).finally(() => files.close());
    const wrong = checks.flatMap((one) => (one.wrong ? [[one.check, one.wrong.code] as const] : []));
    expect(verdict).toBe(wrong.length > 0 ? 'refused' : 'in-part');
    return new Map(wrong);
  };

  it('has nothing wrong as it was recorded', async () => {
    expect(await caught()).toEqual(new Map());
  });

  it('tells a byte of an event that was changed', async () => {
    const at = `position(convert_to('"recordedAt":"', 'UTF8') IN header) + 16`;
    await altered(
      `UPDATE log.events SET header = set_byte(header, ${at}, get_byte(header, ${at}) # 1)
        WHERE organisation = 'mira' AND position = 4`,
    );
    expect((await caught()).has('leaves')).toBe(true);
  });

  it('tells an event that was taken out of the middle', async () => {
    await altered(`DELETE FROM log.events WHERE organisation = 'mira' AND position = 4`);
    const wrong = await caught();
    expect([wrong.has('leaves'), wrong.has('streams')]).toEqual([true, true]);
  });

  it('tells two events that were swapped', async () => {
    await altered(
      `UPDATE log.events e SET header = other.header, sections = other.sections, leaf = other.leaf
         FROM log.events other WHERE e.organisation = 'mira' AND other.organisation = 'mira'
          AND e.position + other.position = 9 AND e.position IN (4, 5)`,
    );
    expect((await caught()).has('leaves')).toBe(true);
  });

  it('stops an organisation whose log was cut off at its end', async () => {
    await altered(
      `DELETE FROM log.events WHERE organisation = 'mira'
          AND position = (SELECT max(position) FROM log.events WHERE organisation = 'mira')`,
    );
    expect(await server.platform.ledger.check('mira')).toMatchObject({ code: 'ledger-differs' });
    const reason = expect.objectContaining({ code: 'ledger-older' });
    expect(await server.platform.gate.check('mira')).toMatchObject({ reasons: expect.arrayContaining([reason]) });
    await expect(caught()).rejects.toMatchObject({ code: 'organisation-quarantined' });
    await putBack();
    expect(await server.platform.gate.check('mira')).toBeUndefined();
  });

  it('tells a unit that is destroyed in the vault, and that no event names', async () => {
    const { rows } = await owner.query<{ unit: string; fingerprint: string }>(
      `SELECT replace(unit::text, '-', '') AS unit, encode(fingerprint, 'hex') AS fingerprint
         FROM vault.units WHERE organisation = 'mira' LIMIT 1`,
    );
    await server.platform.vault.destroy('mira', 'f'.repeat(32), rows);
    expect((await caught()).has('vault')).toBe(true);
  });
});
