import { mkdtempSync, rmSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sample } from '../spec-support/sample';
import { verifyCommand } from './verify';

describe('ardoise-audit verify', () => {
  it('shows nothing of a hostile bundle that a terminal would obey, and no line that the bundle made', async () => {
    const { files } = (await sample()).files();
    const words = '\u001b[2J\u009b31m\u202e\nverified';
    const shape = { type: words, schema: 1, stream: 'x', facts: {}, sections: [] };
    files.set('vocabulary.json', Buffer.from(JSON.stringify([shape, shape])));
    const folder = mkdtempSync(join(tmpdir(), 'ardoise-hostile-'));
    const said: string[] = [];
    const spies = [process.stdout, process.stderr].map((stream) =>
      jest.spyOn(stream, 'write').mockImplementation((text) => said.push(String(text)) > 0),
    );
    try {
      for (const [path, bytes] of files) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), bytes);
      }
      await verifyCommand().parseAsync([folder], { from: 'user' });
    } finally {
      for (const spy of spies) spy.mockRestore();
      rmSync(folder, { recursive: true, force: true });
      process.exitCode = 0;
    }
    const text = said.join('');
    expect(text).toContain('is declared twice');
    expect(text).not.toMatch(/[^\P{Cc}\n]|\u202e|^verified$/mu);
  });
});
