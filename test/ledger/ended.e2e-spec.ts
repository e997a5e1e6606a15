import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEndingLine, type BundledEnding } from '@ardoise/bundle';
import { HandOvers } from '../../src/audit/handover/hand-over';
import { endOfDay } from '../../src/keys/ends/days/days-over';
import { EndsSchedule } from '../../src/keys/ends/ends.schedule';
import { OrganisationEnding } from '../../src/keys/ends/organisation/organisation-ending';
import { isSignedBy, type Signed } from '../../src/keys/ends/signed-receipt';
import { filesOf, headersIn, makeBundle } from '../support/bundles';
import { startTestServer, until, type TestServer } from '../support/server';
import { sizeOf } from '../support/whole-log';

type Receipt = Signed<{ type: string; groups: { group: string; event: string }[] }>;

describe('a bundle of what has ended for everybody', () => {
  let server: TestServer;
  let folder: string;

  const ends = async (): Promise<void> => {
    const schedule = server.app.get(EndsSchedule, { strict: false });
    await schedule.run();
    await server.settled();
    await schedule.run();
  };
  const endingsIn = (files: ReadonlyMap<string, Buffer>): BundledEnding[] =>
    linesIn(files, 'units.ndjson').map((line) => parseEndingLine(Buffer.from(line)));
  const receiptsIn = (files: ReadonlyMap<string, Buffer>): Receipt[] =>
    linesIn(files, 'receipts.ndjson').map((line) => JSON.parse(line) as Receipt);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ardoise-ended-'));
    server = await startTestServer();
    const { body } = await server.post('/persons', { kinds: ['visitor'] }).expect(201);
    await server.post(`/persons/${body.id}/logins`, { address: '192.0.2.9' }).expect(201);
    const policy = server.platform.policies.get('mira');
    if (!policy) throw new Error('no such policy');
    server.clock.set(endOfDay(policy, 'technical', '2026-03-02'));
    await ends();
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('names the groups of a day, with the signed receipt of it and the event that both name', async () => {
    const path = join(folder, 'day.tar');
    await makeBundle(server, path);
    const files = await filesOf(path);
    const [receipt] = receiptsIn(files);
    if (!receipt) throw new Error('there is no receipt');
    expect(receipt.type).toBe('ardoise-day-receipt');
    expect(isSignedBy(receipt, server.platform.signing.publicKey)).toBe(true);
    const groups = endingsIn(files).filter(({ kind }) => kind === 'group');
    expect(groups.map(({ id, receipt: event }) => ({ group: id, event }))).toEqual(
      receipt.groups.map(({ group, event }) => ({ group, event })),
    );
    const events = new Map(headersIn(files).map(({ id, type }) => [id, type]));
    expect(groups.map((one) => events.get(one.receipt ?? ''))).toEqual(groups.map(() => 'groups-ended'));
    expect(groups.length).toBeGreaterThan(0);
  });

  it('can be had of an organisation that has ended, and is recorded no more: its headers are nobody’s', async () => {
    const ending = server.app.get(OrganisationEnding, { strict: false });
    const handOver = server.app.get(HandOvers, { strict: false }).of('mira', join(folder, 'handed-over'));
    await ending.begin('mira');
    await until(async () => {
      server.clock.advance(3_000);
      return (await ending.advance('mira', handOver))?.state === 'completed';
    });
    const head = await server.platform.store.head('mira');
    const path = join(folder, 'ended.tar');
    await makeBundle(server, path);
    expect(await server.platform.store.head('mira')).toBe(head);
    const files = await filesOf(path);
    expect(headersIn(files)).toHaveLength(await sizeOf(server.platform.store));
    expect(receiptsIn(files).at(-1)?.type).toBe('ardoise-organisation-receipt');
    const named = new Set(
      receiptsIn(files)
        .at(-1)
        ?.groups.map(({ group }) => group),
    );
    const groups = new Set(endingsIn(files).map(({ id }) => id));
    expect([...named].filter((group) => !groups.has(group))).toEqual([]);
    await server.get('/ledger/ledger.json').expect(410);
  });
});

function linesIn(files: ReadonlyMap<string, Buffer>, path: string): string[] {
  return (files.get(path) as Buffer)
    .toString()
    .split(/(?<=\n)/)
    .filter((line) => line !== '');
}
