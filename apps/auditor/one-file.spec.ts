import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import { BundleWriter } from '@ardoise/bundle';
import { bundleAuditor } from '../../tools/bundle-auditor.cjs';
import { adaStream, sample } from './spec-support/sample';

interface Done {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

describe('the auditor as one file', () => {
  let [folder, built] = ['', ''];
  let metafile: Metafile;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ardoise-one-file-'));
    built = join(folder, 'ardoise-audit.cjs');
    metafile = await bundleAuditor(built);
    const history = await sample();
    writeFileSync(join(folder, 'policy'), history.policy());
    const writer = await BundleWriter.create(join(folder, 'bundle.tar'), new Date('2026-03-02T10:00:00Z'));
    for (const [path, bytes] of history.files().files) {
      await writer.add(path, bytes);
      mkdirSync(dirname(join(folder, 'unpacked', path)), { recursive: true });
      writeFileSync(join(folder, 'unpacked', path), bytes);
    }
    await writer.finish();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** In a folder without node_modules above it, with nothing of this process's surroundings, and where no address resolves. */
  const run = (...args: string[]): Promise<Done> =>
    new Promise((resolve) => {
      const options = { cwd: folder, env: { PATH: '/usr/bin:/bin', NODE_OPTIONS: '' } };
      execFile(process.execPath, [built, ...args], options, (error, out, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, error: stderr }),
      );
    });

  it('has nothing of a framework or a database, and imports nothing but Node', () => {
    const [output] = Object.values(metafile.outputs);
    expect(
      Object.keys(output?.inputs ?? {}).filter((path) => /node_modules\/(@nestjs|pg|typeorm|fastify|pino)/.test(path)),
    ).toEqual([]);
    expect(output?.imports.filter(({ path }) => !/^(node:)?[a-z_/]+$/.test(path))).toEqual([]);
    expect(readdirSync(folder)).not.toContain('node_modules');
  });

  it('verifies an archive and its unpacked folder', async () => {
    for (const bundle of ['bundle.tar', 'unpacked']) {
      const { code, out } = await run('verify', bundle, '--policy', 'policy', '--json');
      expect([code, JSON.parse(out).verdict]).toEqual([0, 'verified']);
    }
    expect(await run('verify', 'bundle.tar')).toMatchObject({
      code: 3,
      out: expect.stringContaining('verified in part'),
    });
  });

  it('refuses a byte that changed, and says which', async () => {
    const path = join(folder, 'altered.tar');
    const bytes = Buffer.from(await (await import('node:fs/promises')).readFile(join(folder, 'bundle.tar')));
    bytes[bytes.indexOf('"recordedAt":"') + 22] = 0x37;
    writeFileSync(path, bytes);
    const { code, out } = await run('verify', 'altered.tar', '--policy', 'policy');
    expect(code).toBe(1);
    expect(out).toMatch(/leaves +REFUSED[^]*wrong: leaf-differs[^]*refused\n$/);
  });

  it('proves, checks, replays and compares', async () => {
    expect(await run('prove', `${adaStream}@0`, 'bundle.tar', '--out', 'ada.tlog-proof')).toMatchObject({ code: 0 });
    expect(await run('check-proof', 'ada.tlog-proof', '--policy', 'policy')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/is event [0-9a-f]{32}: person-registered/),
    });
    expect(await run('check-proof', 'ada.tlog-proof')).toMatchObject({ code: 3 });
    expect(await run('prove-consistency', '3', 'bundle.tar', '--out', 'grown')).toMatchObject({ code: 0 });
    expect(await run('check-proof', 'grown', '--policy', 'policy')).toMatchObject({
      code: 0,
      out: expect.stringContaining('the tree of 3 leaves is the beginning of that of 8'),
    });
    expect(await run('replay', 'bundle.tar', '--stream', adaStream)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/erased \(erasure\) by event [0-9a-f]{32}/),
    });
    expect(await run('replay', 'bundle.tar', '--stream', adaStream, '--checkpoint', '3')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/unit [0-9a-f]{32}: sealed/),
    });
    expect(await run('diff', 'bundle.tar', 'unpacked')).toMatchObject({
      code: 0,
      out: expect.stringContaining('the same'),
    });
  });

  it('says that it is used wrongly, and what is no bundle', async () => {
    expect(await run('verify')).toMatchObject({ code: 2 });
    expect(await run('replay', 'bundle.tar')).toMatchObject({ code: 2 });
    expect(await run('verify', 'nothing.tar')).toMatchObject({
      code: 1,
      error: expect.stringContaining('bundle-not-found'),
    });
    expect(await run('verify', 'policy')).toMatchObject({ code: 1, error: expect.stringContaining('bundle-') });
  });
});
