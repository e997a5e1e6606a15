import { buildSync } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sampleDisclosure } from '../testing/sample-disclosure';

describe('a check of a disclosure', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-one-file-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('needs nothing but the library in one file, where there is nothing else', async () => {
    const [library, file] = [join(folder, 'library.cjs'), join(folder, 'disclosure.json')];
    buildSync({
      entryPoints: [join(__dirname, 'index.ts')],
      bundle: true,
      platform: 'node',
      outfile: library,
      tsconfig: resolve(__dirname, '../../tsconfig.json'),
    });
    writeFileSync(file, await sampleDisclosure());
    const script = `
      const text = require('node:fs').readFileSync('disclosure.json', 'utf8');
      process.stdout.write(require('./library.cjs').checkDisclosure(text).verdict);`;
    const verdict = execFileSync(process.execPath, ['-e', script], { cwd: folder, env: {}, encoding: 'utf8' });
    expect(verdict).toBe('in-part');
  });
});
