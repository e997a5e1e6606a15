import { buildSync } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sampleDisclosure } from '../testing/sample-disclosure';

/** Milliseconds of a processor: what else the machine does meanwhile does not count. */
const most = 50;

describe('a check of a disclosure', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-cold-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it(`takes less than ${most} ms from a cold start of the library`, async () => {
    const library = join(folder, 'library.cjs');
    const root = resolve(__dirname, '..', '..');
    const file = join(folder, 'disclosure.json');
    buildSync({
      entryPoints: [join(__dirname, 'index.ts')],
      bundle: true,
      platform: 'node',
      outfile: library,
      tsconfig: join(root, 'tsconfig.json'),
    });
    writeFileSync(file, await sampleDisclosure());
    const script = `
      const { readFileSync } = require('node:fs');
      const before = process.cpuUsage();
      const { verdict } = require(${JSON.stringify(library)}).checkDisclosure(readFileSync(${JSON.stringify(file)}, 'utf8'));
      const { user, system } = process.cpuUsage(before);
      console.log(JSON.stringify({ verdict, milliseconds: (user + system) / 1000 }));`;
    const runs = Array.from(
      { length: 3 },
      () =>
        JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })) as {
          verdict: string;
          milliseconds: number;
        },
    );
    expect(runs[0]?.verdict).toBe('in-part');
    expect(Math.min(...runs.map(({ milliseconds }) => milliseconds))).toBeLessThan(most);
  });
});
