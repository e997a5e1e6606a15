import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBundle } from '@ardoise/bundle';
import type { StoredEvent } from '@ardoise/event-store';
import { readHeader } from '@ardoise/format';
import { createClient } from '@ardoise/postgres';
import type { CheckpointEntry } from '@ardoise/sequencer';
import type { CheckName } from '../../apps/auditor/verification/checks';
import { verify } from '../../apps/auditor/verification/verification';
import { alterLog, copyOfLog, flipped, removeFromLog, type Alteration } from '../support/altered-log';
import { makeBundle } from '../support/bundles';
import { onPostgres } from '../support/engine';
import { startTestServer, type TestServer } from '../support/server';
import { registerLearner } from '../support/story';
import { wholeLog } from '../support/whole-log';

/** Whoever owns the database, or the disk, can write what they like; what was signed before tells. */
describe('a log that its owner changed, before an auditor', () => {
  let server: TestServer;
  let folder: string;
  let bundles = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ardoise-attacked-'));
    server = await startTestServer();
    for (const name of ['Alix', 'Anna', 'Aude']) await registerLearner(server, name);
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => signed());

  const signed = async (): Promise<CheckpointEntry> =>
    server.platform.sequencer.sequenced('mira', await server.platform.store.head('mira'));
  const log = (): Promise<StoredEvent[]> => wholeLog(server.platform.store);

  /** What the auditor has against a bundle of a log that was altered; the log is then as it was. */
  const caughtAfter = async (...alterations: Alteration[]): Promise<Map<CheckName, string>> => {
    await alterLog(server, ...alterations);
    try {
      return await caught();
    } finally {
      const back = ({ event, header, sections }: Alteration): Alteration => ({
        event: { ...event, ...(header ? { header } : {}), ...(sections ? { sections } : {}) },
        ...(header ? { header: event.header } : {}),
        ...(sections ? { sections: event.sections } : {}),
      });
      await alterLog(server, ...alterations.map(back));
    }
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
    const [event] = (await log()).slice(3);
    const { header } = event as StoredEvent;
    const fromEnd = header.length - header.indexOf('"recordedAt":"') - 16;
    const wrong = await caughtAfter({ event: event as StoredEvent, header: flipped(header, fromEnd) });
    expect(wrong.has('leaves')).toBe(true);
  });

  onPostgres('in PostgreSQL', () => {
    it('tells an event that was taken out of the middle', async () => {
      const putBack = await removeFromLog(server, (await log())[3] as StoredEvent);
      const wrong = await caught();
      expect([wrong.has('leaves'), wrong.has('streams')]).toEqual([true, true]);
      await putBack();
    });

    it('stops an organisation whose log has lost the event at its end', async () => {
      const putBack = await removeFromLog(server, (await log()).at(-1) as StoredEvent);
      const reason = expect.objectContaining({ code: 'log-differs' });
      expect(await server.platform.gate.check('mira')).toMatchObject({ reasons: expect.arrayContaining([reason]) });
      await putBack();
      expect(await server.platform.gate.check('mira')).toBeUndefined();
    });
  });

  it('tells two events that were swapped', async () => {
    const [one, other] = (await log()).filter(({ header }) => readHeader(header).type === 'person-registered');
    const swapped = (event: StoredEvent, { header, sections }: StoredEvent): Alteration => ({
      event,
      header,
      sections,
    });
    const [first, second] = [one as StoredEvent, other as StoredEvent];
    expect((await caughtAfter(swapped(first, second), swapped(second, first))).has('leaves')).toBe(true);
  });

  it('stops an organisation whose log was cut off at its end', async () => {
    const before = await copyOfLog(server);
    await registerLearner(server, 'Abel');
    await signed();
    const after = await copyOfLog(server);
    await before.putBack();
    expect(await server.platform.ledger.check('mira')).toMatchObject({ code: 'ledger-differs' });
    const reason = expect.objectContaining({ code: 'ledger-older' });
    expect(await server.platform.gate.check('mira')).toMatchObject({ reasons: expect.arrayContaining([reason]) });
    await expect(caught()).rejects.toMatchObject({ code: 'organisation-quarantined' });
    await after.putBack();
    expect(await server.platform.gate.check('mira')).toBeUndefined();
  });

  it('tells a unit that is destroyed in the vault, and that no event names', async () => {
    const owner = createClient(server.platform.server.url, { applicationName: 'owner' });
    await owner.connect();
    const { rows } = await owner.query<{ unit: string; fingerprint: string }>(
      `SELECT replace(unit::text, '-', '') AS unit, encode(fingerprint, 'hex') AS fingerprint
         FROM vault.units WHERE organisation = 'mira' LIMIT 1`,
    );
    await owner.end();
    await server.platform.vault.destroy('mira', 'f'.repeat(32), rows);
    expect((await caught()).has('vault')).toBe(true);
  });
});
