import {
  formatAddCheckpoint,
  formatNote,
  parseNote,
  parseSignatureLines,
  signNote,
  verifyCosignatures,
  verifyNote,
} from '@ardoise/ledger';
import { SettableClock } from '@ardoise/time';
import fc from 'fast-check';
import { originHash } from './origin-hash';
import { signerOf, TestLog } from './spec-support/test-log';
import { MemoryWitnessStore } from './spec-support/memory-witness-store';
import { Witness } from './witness';

const origin = 'ardoise.example/mira/1';

describe('a witness', () => {
  let log: TestLog;
  let store: MemoryWitnessStore;
  let witness: Witness;
  const signer = signerOf('witness.example/w1', 0x04);
  const clock = new SettableClock(new Date('2026-03-02T09:00:00Z'));

  beforeEach(() => {
    log = new TestLog(origin).grow(5);
    store = new MemoryWitnessStore();
    witness = new Witness({ store, signer, clock, logs: (name) => (name === origin ? [log.signer.key] : []) });
  });

  const add = async (old: number, from = log, note?: Buffer, proof?: readonly Buffer[]) =>
    witness.addCheckpoint(
      formatAddCheckpoint({
        old,
        proof: proof ?? (old > 0 && old < from.size ? await from.proof(old) : []),
        checkpoint: note ?? (await from.checkpoint()),
      }),
    );

  it('cosigns the first checkpoint and what goes on from it, and shows the last to monitors', async () => {
    expect((await witness.checkpoint(originHash(origin))).status).toBe(404);
    expect(await add(0)).toMatchObject({ status: 200 });
    log.grow(300);
    const { status, body } = await add(5);
    expect(status).toBe(200);
    const signatures = parseSignatureLines(body);
    const { text } = parseNote(await log.checkpoint());
    expect(verifyCosignatures({ text, signatures }, [signer.key])).toEqual([{ key: signer.key, at: clock.now() }]);
    const shown = await witness.checkpoint(originHash(origin));
    const note = parseNote(shown.body);
    expect([shown.status, note.text]).toEqual([200, text]);
    expect(verifyNote(note, [log.signer.key])).toHaveLength(1);
    expect(verifyCosignatures(note, [signer.key])).toHaveLength(1);
    // The same again is cosigned anew.
    expect((await add(305)).status).toBe(200);
  });

  it('answers 409 with the size it knows, whichever other was named', async () => {
    await add(0);
    log.grow(2);
    for (const old of [0, 3, 7]) {
      expect(await add(old)).toMatchObject({ status: 409, contentType: 'text/x.tlog.size', body: Buffer.from('5\n') });
    }
    expect((await add(5)).status).toBe(200);
  });

  it('answers 404 for a log it does not know, before it looks at signatures', async () => {
    expect((await add(0, new TestLog('ardoise.example/other/1').grow(1))).status).toBe(404);
  });

  it('answers 403 without a signature of a known key, or with one that is wrong, and ignores those of others', async () => {
    const other = signerOf(origin, 0x01);
    expect((await add(0, log, await log.checkpoint([other]))).status).toBe(403);
    const note = parseNote(await log.checkpoint());
    const [own] = note.signatures;
    const forged = { ...own!, signature: Buffer.alloc(64, 7) };
    expect((await add(0, log, formatNote({ ...note, signatures: [forged] }))).status).toBe(403);
    expect((await add(0, log, await log.checkpoint([other, log.signer]))).status).toBe(200);
    const shown = parseNote((await witness.checkpoint(originHash(origin))).body);
    expect(shown.signatures.map(({ id }) => id)).toEqual([log.signer.key.id, signer.key.id]);
  });

  it('answers 400 for an old size beyond the checkpoint, and for whatever is no request', async () => {
    expect((await add(6)).status).toBe(400);
    const good = formatAddCheckpoint({ old: 0, proof: [], checkpoint: await log.checkpoint() }).toString();
    for (const wrong of [
      '',
      'old 0',
      good.replace('old 0', 'old 00'),
      good.replace('old 0', 'old -1'),
      good.replace('old 0\n', 'old 0\r\n'),
      good.replace('old 0\n', 'old 0\nnot base64\n'),
      good.replace('\n\n', '\n'),
      good.replace('old 0\n', `old 0\n${`${Buffer.alloc(32).toString('base64')}\n`.repeat(64)}`),
      good.replace('\n5\n', '\n05\n'),
    ]) {
      expect((await witness.addCheckpoint(Buffer.from(wrong))).status).toBe(400);
    }
    expect((await witness.checkpoint(originHash(origin))).status).toBe(404);
  });

  it('answers 422 to another history, a wrong proof, a proof of nothing, and an empty tree with a root', async () => {
    const extra = await new TestLog('x').grow(9).proof(5);
    expect((await add(0, log, undefined, extra)).status).toBe(422);
    await add(0);
    const fork = new TestLog(origin, log.privateKey, 'another').grow(5);
    expect((await add(5, fork)).status).toBe(422);
    expect((await add(5, fork.grow(3))).status).toBe(422);
    expect((await add(5, log, undefined, extra)).status).toBe(422);
    log.grow(4);
    expect((await add(5, log, undefined, [])).status).toBe(422);
    expect((await add(5)).status).toBe(200);
    const empty = new TestLog(origin, log.privateKey);
    store.clear();
    const note = await signNote(`${origin}\n0\n${log.root().toString('base64')}\n`, [log.signer]);
    expect((await add(0, empty, formatNote(note))).status).toBe(422);
    expect((await add(0, empty)).status).toBe(200);
    expect((await add(0)).status).toBe(200);
  });

  it('cosigns extension lines along with the rest', async () => {
    const text = `${parseNote(await log.checkpoint()).text}extension\n`;
    const { status, body } = await add(0, log, formatNote(await signNote(text, [log.signer])));
    expect(status).toBe(200);
    expect(verifyCosignatures({ text, signatures: parseSignatureLines(body) }, [signer.key])).toHaveLength(1);
  });

  it('cosigns one of many that race from one size, and each of the others is told where it stands', async () => {
    await add(0);
    const forks = Array.from({ length: 8 }, (_, at) =>
      new TestLog(origin, log.privateKey).grow(5).grow(3, `race ${at}`),
    );
    const answers = await Promise.all(forks.map((fork) => add(5, fork)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(409)]);
  });

  it('keeps nothing of what it could not store', async () => {
    store.failing = true;
    await expect(add(0)).rejects.toThrow('disk full');
    store.failing = false;
    expect((await add(0)).status).toBe(200);
    store.put(originHash(origin), Buffer.from('something else'));
    await expect(add(5)).rejects.toMatchObject({ code: 'witness-state-malformed' });
  });

  it('takes any bytes without failing, and cosigns none that were altered', async () => {
    const good = formatAddCheckpoint({ old: 0, proof: [], checkpoint: await log.checkpoint() });
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), fc.boolean(), async (at, byte, cut) => {
        const body = cut ? good.subarray(0, at) : Buffer.from(good);
        if (!cut && body[at] === byte) return;
        if (!cut) body[at] = byte;
        const { status } = await witness.addCheckpoint(body);
        expect([400, 403, 404]).toContain(status);
      }),
      { numRuns: 400 },
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
        expect((await witness.addCheckpoint(Buffer.from(bytes))).status).toBe(400);
      }),
    );
  });
});
