import { buildSync } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sampleDisclosure } from '../../../libs/testing/sample-disclosure';

const root = resolve(__dirname, '../../..');

/** Milliseconds of processor time that a check of a disclosure takes with the loading of its library, once a process. */
export async function coldStarts(times: number): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-cold-'));
  try {
    const [library, file] = [join(folder, 'library.cjs'), join(folder, 'disclosure.json')];
    buildSync({
      entryPoints: [join(root, 'libs/disclosure/index.ts')],
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
      if (verdict !== 'in-part') throw new Error(verdict);
      console.log((user + system) / 1000);`;
    return Array.from({ length: times }, () =>
      Number(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' })),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
