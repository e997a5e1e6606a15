import fc from 'fast-check';
import { openBundle, BundleWriter } from '@ardoise/bundle';
import { parseTrustPolicy } from '@ardoise/ledger';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { History, idFor, organisationStream } from '../spec-support/history';
import { MemoryFiles } from '../spec-support/memory-files';
import { sample } from '../spec-support/sample';
import { ownShapes } from './bundled-vocabulary';
import { verify, type Verification } from './verification';

/**
 * Bytes of a bundle that nothing depends on: changing one of them changes no finding. Each place with the reason.
 */
const irrelevant: readonly { readonly path: string; readonly within: RegExp; readonly why: string }[] = [
  {
    path: 'ledger.json',
    within: /"madeAt":"[^"]*"/g,
    why: 'when a bundle was made is what its maker says, and signed by nobody',
  },
  { path: 'keys.json', within: /"since":"[^"]*"/g, why: 'of the first key nothing says since when it signs but this' },
  ...['1/checkpoint', '1/checkpoints.ndjson'].map((path) => ({
    path,
    within: / witness\S* \S{6}/g,
    why: 'a signature line with another name or key id is one of an unknown key, and is left alone (c2sp.org/signed-note)',
  })),
];

let history: History;
let options: { policy: { text: string; trust: ReturnType<typeof parseTrustPolicy> } };
const checked = (files: Map<string, Buffer>): Promise<Verification> => verify(new MemoryFiles(files), options);

beforeAll(async () => {
  history = await sample();
  const text = history.policy();
  options = { policy: { text, trust: parseTrustPolicy(text) } };
});

const usedTypes = new Set([
  'organisation-registered',
  'policy-adopted',
  'person-registered',
  'login-recorded',
  'keys-fenced',
  'groups-ended',
]);

/** The bundle with few types in its vocabulary: it is as large as all the rest together. */
function small(): Map<string, Buffer> {
  const { files } = history.files();
  const shapes = JSON.parse((files.get('vocabulary.json') as Buffer).toString()) as { type: string }[];
  const used = shapes.filter(({ type }) => usedTypes.has(type));
  return new Map([...files, ['vocabulary.json', Buffer.from(JSON.stringify(used))]]);
}

/** @param path undefined for an archive, which has all of them */
function mayChange(path: string | undefined, bytes: Buffer, at: number): boolean {
  const text = bytes.toString('latin1');
  return irrelevant.some(
    (one) =>
      (path === undefined || one.path === path) &&
      [...text.matchAll(one.within)].some(({ index, 0: found }) => at >= index && at < index + found.length),
  );
}

/** What a change of one byte may turn it into: a bit, another digit or letter of the same kind, a space. */
const turns: readonly ((byte: number) => number)[] = [
  (byte) => byte ^ 0x01,
  (byte) => byte ^ 0x80,
  (byte) => (byte === 0x20 ? 0x0a : 0x20),
];

describe('every single byte of a small bundle', () => {
  it('is caught when it changes, but for those that are listed', async () => {
    const tiny = new History();
    tiny.add({ type: 'organisation-registered', stream: organisationStream, facts: { name: 'Mira' } });
    await tiny.checkpoint();
    const files = tiny.files().files;
    files.set('vocabulary.json', Buffer.from(JSON.stringify(ownShapes().slice(0, 1))));
    const text = tiny.policy();
    const given = { policy: { text, trust: parseTrustPolicy(text) } };
    expect((await verify(new MemoryFiles(files), given)).verdict).toBe('verified');
    const missed: string[] = [];
    for (const [path, bytes] of files) {
      for (let at = 0; at < bytes.length; at++) {
        const altered = Buffer.from(bytes);
        altered[at] = (turns[at % turns.length] as (byte: number) => number)(bytes[at] as number);
        const { verdict } = await verify(new MemoryFiles(new Map([...files, [path, altered]])), given);
        if (verdict !== 'refused' && !mayChange(path, bytes, at)) missed.push(`${path} ${at}`);
      }
    }
    expect(missed).toEqual([]);
  }, 300_000);

  it('and every byte may be any other', async () => {
    const files = small();
    const paths = [...files.keys()];
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (which, where, by) => {
        const path = paths[which % paths.length] as string;
        const bytes = files.get(path) as Buffer;
        if (bytes.length === 0) return;
        const at = where % bytes.length;
        const altered = Buffer.from(bytes);
        altered[at] = (bytes[at] as number) ^ by;
        const { verdict } = await checked(new Map([...files, [path, altered]]));
        expect([verdict === 'refused' || mayChange(path, bytes, at), path, at]).toEqual([true, path, at]);
      }),
      { numRuns: 150 },
    );
  });

  it('nothing that is put together from pieces crashes it, or is verified', async () => {
    const files = small();
    const paths = [...files.keys()];
    const edit = fc.record({
      which: fc.nat(),
      from: fc.nat(),
      cut: fc.nat({ max: 200 }),
      put: fc.uint8Array({ maxLength: 50 }),
      other: fc.nat(),
      copies: fc.nat({ max: 300 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        const altered = new Map(files);
        for (const { which, from, cut, put, other, copies } of edits) {
          const path = paths[which % paths.length] as string;
          const bytes = altered.get(path) as Buffer;
          const source = altered.get(paths[other % paths.length] as string) as Buffer;
          const at = from % (bytes.length + 1);
          altered.set(
            path,
            Buffer.concat([
              bytes.subarray(0, at),
              put,
              source.subarray(0, copies),
              bytes.subarray(Math.min(bytes.length, at + cut)),
            ]),
          );
        }
        const { verdict } = await checked(altered);
        // Of these two, what is listed above may differ; types that no event has may be declared.
        const same = [...altered].every(
          ([path, bytes]) => path === 'ledger.json' || path === 'keys.json' || bytes.equals(files.get(path) as Buffer),
        );
        expect(
          verdict === 'refused' ||
            same ||
            altered.get('vocabulary.json')?.equals(files.get('vocabulary.json') as Buffer) === false,
        ).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('a file that is missing is caught, or told', async () => {
    const files = small();
    for (const path of files.keys()) {
      const fewer = new Map(files);
      fewer.delete(path);
      const { verdict } = await checked(fewer);
      const told = ['units.ndjson', 'receipts.ndjson', 'policies/1.json', 'policies/2.json'].includes(path);
      expect([path, verdict]).toEqual([path, told ? 'in-part' : 'refused']);
    }
  });

  it('a file that belongs to nothing is caught', async () => {
    for (const path of ['1/tile/0/001', '2/checkpoint', 'policies/9.json', '1/tile/1/000.p/1']) {
      const files = small();
      files.set(path, Buffer.alloc(32));
      expect((await checked(files)).checks[0]).toMatchObject({ check: 'files', wrong: { code: 'file-unexpected' } });
    }
  });
});

describe('an archive', () => {
  it('is caught at every byte too: its headers, its padding, its end', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ardoise-audit-'));
    try {
      const tiny = new History();
      tiny.add({ type: 'organisation-registered', stream: organisationStream, facts: { name: idFor('x') } });
      await tiny.checkpoint();
      const path = join(folder, 'bundle.tar');
      const writer = await BundleWriter.create(path, new Date('2026-03-01T09:00:00Z'));
      for (const [name, bytes] of tiny.files().files) if (name !== 'vocabulary.json') await writer.add(name, bytes);
      await writer.add('vocabulary.json', Buffer.from(JSON.stringify(ownShapes().slice(0, 1))));
      await writer.finish();
      const whole = readFileSync(path);
      const text = tiny.policy();
      const policy = { text, trust: parseTrustPolicy(text) };
      const verdictOf = async (bytes: Buffer): Promise<string> => {
        writeFileSync(path, bytes);
        try {
          const files = await openBundle(path);
          return (await verify(files, { policy }).finally(() => files.close())).verdict;
        } catch (error) {
          return (error as { code: string }).code;
        }
      };
      expect(await verdictOf(whole)).toBe('verified');
      await fc.assert(
        fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (where, by) => {
          const at = where % whole.length;
          const altered = Buffer.from(whole);
          altered[at] = (whole[at] as number) ^ by;
          const verdict = await verdictOf(altered);
          const header = Math.floor(at / 512) * 512;
          // Times of files belong to nothing that is checked.
          const ofTime =
            whole.toString('latin1', header + 257, header + 262) === 'ustar' && at - header >= 136 && at - header < 156;
          const missed = verdict === 'verified' && !ofTime && !mayChange(undefined, whole, at);
          const around = whole.toString('latin1', at - 30, at + 30);
          expect([missed, at, by, around]).toEqual([false, at, by, around]);
        }),
        { numRuns: Number(process.env.ARDOISE_ROUNDS ?? 150) },
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
