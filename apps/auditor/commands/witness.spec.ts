import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  checkpointText,
  emptyRoot,
  formatNote,
  formatVerifierKey,
  parseTrustPolicy,
  signNote,
  verifierKey,
  type NoteSigner,
} from '@ardoise/ledger';
import { FileSigningKey, rawPublicKey } from '@ardoise/signing';
import { WitnessClient } from '@ardoise/witness';

const root = join(__dirname, '../../..');

describe('ardoise-audit witness', () => {
  let folder: string;
  const children: ChildProcess[] = [];
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ardoise-audit-'))));
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (...options: string[]): ChildProcess => {
    const program = [
      '-r',
      join(root, 'tools/typescript-hook.cjs'),
      join(__dirname, '../spec-support/witness.process.ts'),
    ];
    const child = spawn(process.execPath, [...program, ...options], { cwd: root });
    children.push(child);
    return child;
  };
  const firstLine = async (child: ChildProcess): Promise<string> => {
    const [piece] = (await once(child.stdout!, 'data')) as [Buffer];
    return piece.toString().trim();
  };

  it('says its line of a policy, cosigns a log whose line is added while it runs, and keeps its key', async () => {
    const logs = join(folder, 'logs');
    writeFileSync(logs, '');
    const options = ['--folder', join(folder, 'state'), '--logs', logs];
    options.push('--listen', '127.0.0.1:0', '--name', 'witness.example/w1');
    const first = start(...options);
    const line = await firstLine(first);
    const policy = parseTrustPolicy(`${line}\nquorum witness.example-w1\n`);
    const { key, url = '' } = policy.witnesses[0]!;
    expect(key.name).toBe('witness.example/w1');
    const client = new WitnessClient({ url, key });
    const signing = await FileSigningKey.open(join(folder, 'log'), 'ledger');
    const origin = 'records.example/mira/1';
    const signer: NoteSigner = {
      key: verifierKey(origin, 0x01, rawPublicKey(signing.publicKey)),
      sign: (bytes) => signing.sign(bytes),
    };
    const note = formatNote(await signNote(checkpointText({ origin, size: 0, root: emptyRoot }), [signer]));
    const submission = { origin, size: 0, note, proofFrom: async () => [] };
    await expect(client.submit(submission)).rejects.toMatchObject({ code: 'witness-log-unknown' });
    writeFileSync(logs, `log ${formatVerifierKey(signer.key)}\n`);
    expect(await client.submit(submission)).toMatchObject({ outcome: 'cosigned' });
    first.kill('SIGTERM');
    expect(await once(first, 'exit')).toEqual([0, null]);
    expect(existsSync(join(folder, 'state', 'released-1'))).toBe(true);
    const second = await firstLine(start(...options));
    expect(second.split(' ').slice(0, 3)).toEqual(line.split(' ').slice(0, 3));
    expect(await new WitnessClient({ url: second.split(' ')[3]!, key }).latest(origin)).toBeDefined();
  });

  it('does not start with a list of logs that cannot be read', async () => {
    const child = start(
      '--folder',
      join(folder, 'state'),
      '--logs',
      '/nowhere',
      '--listen',
      '127.0.0.1:0',
      '--name',
      'w',
    );
    expect(await once(child, 'exit')).toEqual([1, null]);
  });
});
