import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { randomUUID } from 'node:crypto';
import { readHeader } from '@ardoise/format';
import { startTestServer, type TestServer } from '../../../test/support/server';
import { registerLearner } from '../../../test/support/story';
import { Keyring } from '../../keys/keyring';
import { BlobChecks } from './blob-checks';
import { BlobKeeper } from './blob-keeper';
import { BlobSweeping } from './blob-sweeping';
import { KeepBlobs } from './keep-blobs.reaction';
import { RecordedBlobs, type BlobRow } from './recorded-blobs';

describe('the files of documents', () => {
  let server: TestServer;
  let recorded: RecordedBlobs;

  beforeAll(async () => {
    server = await startTestServer();
    recorded = server.app.get(RecordedBlobs, { strict: false });
  });

  afterAll(() => server.close());

  const pathOf = (blob: string): string =>
    join(server.platform.config.dataFolder, 'blobs', 'mira', blob.slice(0, 2), blob);
  const files = (): string[] =>
    readdirSync(join(server.platform.config.dataFolder, 'blobs', 'mira'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
  const recordOne = async (name: string): Promise<{ person: string; row: BlobRow }> => {
    const person = await registerLearner(server, name);
    const at = `/v1/organisations/mira/persons/${person}/documents?kind=supporting-document&name=a.txt`;
    const { body } = await server.http().post(at).set('content-type', 'text/plain').send(name).expect(201);
    await server.settled();
    const [row] = await recorded.ofDocument('mira', body.id);
    return { person, row: row as BlobRow };
  };
  const replay = async ({ document }: BlobRow): Promise<void> => {
    const stored = await server.platform.store.readStream('mira', `document-${document}`);
    const reaction = server.app.get(KeepBlobs, { strict: false });
    for (const event of await server.platform.opener.open('mira', stored)) await reaction.on[event.type]?.(event);
  };

  it('are known again from the log where the table was restored from before them', async () => {
    const { row } = await recordOne('Restored');
    expect(row.state).toBe('recorded');
    await recorded.forget('mira', row.blob);
    await replay(row);
    expect(await recorded.find('mira', row.blob)).toEqual(row);
    const [stored] = await server.platform.store.readStream('mira', `document-${row.document}`);
    expect(readHeader(stored?.header as Buffer).sections[0]).toMatchObject({ unit: row.unit });
  });

  it('go where the event comes after the end of its unit', async () => {
    const { person, row } = await recordOne('Late');
    const path = pathOf(row.blob);
    // As if the end had been seen before the event: the row was not there, and the file stayed.
    await recorded.forget('mira', row.blob);
    await server.post(`/persons/${person}/erasures`).expect(202);
    await server.settled();
    expect(existsSync(path)).toBe(true);
    await replay(row);
    expect(existsSync(path)).toBe(false);
    expect(await recorded.find('mira', row.blob)).toBeUndefined();
  });

  it('go by the sweep where their unit ended and nobody removed them', async () => {
    const { person, row } = await recordOne('Missed');
    await recorded.forget('mira', row.blob);
    await server.post(`/persons/${person}/erasures`).expect(202);
    await server.settled();
    await recorded.recorded('mira', row, server.clock.now());
    const sweeping = server.app.get(BlobSweeping, { strict: false });
    expect(await sweeping.sweep('mira')).toBe(1);
    expect(existsSync(pathOf(row.blob))).toBe(false);
  });

  it('stay in quarantine: the log that knows them may yet be put back', async () => {
    const { row } = await recordOne('Newer');
    await recorded.forget('mira', row.blob);
    const day = new Date(server.clock.now().getTime() - 25 * 3_600_000);
    utimesSync(pathOf(row.blob), day, day);
    const sweeping = server.app.get(BlobSweeping, { strict: false });
    const nothing = { position: '0', digest: '', mark: '0' };
    const reasons = [{ code: 'log-older' as const, detail: 'for this test' }];
    const since = server.clock.now();
    server.platform.quarantines.begin({ organisation: 'mira', reasons, known: nothing, found: nothing, since });
    expect(await sweeping.sweep('mira')).toBe(0);
    expect(existsSync(pathOf(row.blob))).toBe(true);
    server.platform.quarantines.end('mira');
    await server.settled();
    expect(await sweeping.sweep('mira')).toBe(1);
    expect(existsSync(pathOf(row.blob))).toBe(false);
  });

  it('go a day after their event did not come, and are no alarm until then', async () => {
    const unit = { unit: 'a'.repeat(32), fingerprint: 'f'.repeat(64), key: Buffer.alloc(32) };
    const blob = await server.platform.blobs.write('mira', unit, Readable.from([Buffer.from('left')]));
    const row = { ...blob, document: 'd'.repeat(32), unit: unit.unit, fingerprint: unit.fingerprint };
    await recorded.written('mira', row, server.clock.now());
    const checks = server.app.get(BlobChecks, { strict: false });
    expect(await checks.run('mira')).toMatchObject({ missing: 0, altered: 0, wrong: [] });
    server.clock.advance(25 * 3_600_000);
    await server.app.get(BlobKeeper, { strict: false }).keepDue();
    expect(existsSync(pathOf(blob.blob))).toBe(false);
    expect(await recorded.find('mira', blob.blob)).toBeUndefined();
  });

  it('stay when the log names them, though what kept them on record was let go', async () => {
    const { row } = await recordOne('Dismissed');
    await recorded.forget('mira', row.blob);
    await recorded.written('mira', row, server.clock.now());
    server.clock.advance(25 * 3_600_000);
    await server.app.get(BlobKeeper, { strict: false }).keepDue();
    expect(existsSync(pathOf(row.blob))).toBe(true);
    expect(await recorded.find('mira', row.blob)).toMatchObject({ state: 'recorded' });
  });

  it('all go with the organisation, and with no end of a day or an epoch', async () => {
    const { row } = await recordOne('Contract');
    const keyring = server.app.get(Keyring, { strict: false });
    const group = { group: 'e'.repeat(32), fingerprint: 'f'.repeat(64), epoch: 1 };
    const ofDay = { ...group, group: 'd'.repeat(32), category: 'technical', day: '2026-01-05' };
    for (const [cause, groups] of [
      ['day', [ofDay]],
      ['epoch', [group]],
    ] as const) {
      await keyring.record('mira', randomUUID(), { type: 'end-groups', cause, groups });
    }
    await server.settled();
    expect(existsSync(pathOf(row.blob))).toBe(true);
    await keyring.record('mira', randomUUID(), { type: 'end-groups', cause: 'contract', groups: [group] });
    await server.settled();
    expect(files()).toEqual([]);
    expect(await recorded.count('mira')).toBe(0);
  });
});
