import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { formatVerifierKey, verifierKey } from '@ardoise/ledger';
import { pemOfRaw } from '@ardoise/signing';
import { base, newSigner, origin, sampleDisclosure } from '../../../libs/testing/sample-disclosure';
import { checkDisclosureCommand } from './check-disclosure';
import { checkErasureCommand } from './check-erasure';

describe('what an auditor checks of files that were handed to somebody', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-check-'));
  const signer = newSigner(origin);
  const witness = newSigner('witness.example.net', 0x04);
  const file = join(folder, 'disclosure.json');
  const put = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  beforeAll(async () => put('disclosure.json', await sampleDisclosure(['outcome'], { signer, witnesses: [witness] })));
  afterAll(() => {
    process.exitCode = 0;
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(command: Command, ...words: string[]): Promise<{ code: unknown; out: string }> {
    let out = '';
    const written = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += String(text);
      return true;
    });
    try {
      process.exitCode = undefined;
      await command.parseAsync(words, { from: 'user' });
      return { code: process.exitCode, out };
    } finally {
      written.mockRestore();
    }
  }

  it('a disclosure is verified by a policy, in part by a key alone, and shown', async () => {
    const policy = put(
      'policy.txt',
      `log ${formatVerifierKey(signer.key)}\nwitness neighbour ${formatVerifierKey(witness.key)}\nquorum neighbour\n`,
    );
    const whole = await run(checkDisclosureCommand(), file, '--policy', policy);
    expect(whole.code).toBe(0);
    expect(whole.out).toContain('section 0: outcome = "completed"\nsection 0: 6 fields are not shown\n');
    expect(whole.out).toContain('seen by witness neighbour at 2026-03-02T09:01:00.000Z');
    expect(whole.out).toMatch(/\nverified\n$/);
    const ofAll = put('key.txt', formatVerifierKey(verifierKey(base, 0x01, signer.key.publicKey)) + '\n');
    const pem = put('key.pem', pemOfRaw(signer.key.publicKey));
    for (const key of [formatVerifierKey(signer.key), ofAll, pem]) {
      const { code, out } = await run(checkDisclosureCommand(), file, '--key', key);
      expect([code, out]).toEqual([3, expect.stringMatching(/signed by the key given/)]);
    }
    expect((await run(checkDisclosureCommand(), file)).out).toMatch(/not checked: whose the ledger's key is/);
  });

  it('a disclosure that was altered, or is of another key, is refused, and nothing of it is shown', async () => {
    const { readFileSync } = await import('node:fs');
    const altered = put('altered.json', readFileSync(file, 'utf8').replace('"completed"', '"failed"'));
    const refused = await run(checkDisclosureCommand(), altered, '--json');
    expect([refused.code, JSON.parse(refused.out)]).toEqual([
      1,
      { verdict: 'refused', wrong: { code: 'commitment-differs', detail: expect.any(String) as string } },
    ]);
    expect(refused.out).not.toContain('failed');
    const other = formatVerifierKey(newSigner(origin).key);
    expect((await run(checkDisclosureCommand(), file, '--key', other)).code).toBe(1);
  });

  it('a file without end is not read to its end', async () => {
    const endless = put('endless.json', '');
    truncateSync(endless, 2 ** 33);
    for (const command of [checkDisclosureCommand(), checkErasureCommand()]) {
      await expect(run(command, endless)).rejects.toMatchObject({ code: 'file-too-large' });
    }
    await expect(run(checkDisclosureCommand(), file, '--key', endless)).rejects.toMatchObject({
      code: 'file-too-large',
    });
  });

  it('a proof of an erasure that is none is refused', async () => {
    const { code, out } = await run(checkErasureCommand(), file);
    expect([code, out]).toEqual([1, expect.stringMatching(/^wrong: proof-malformed: .*\nrefused\n$/)]);
  });
});
