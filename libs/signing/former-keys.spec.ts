import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileSigningKey } from './file-signing-key';
import { formerKeys, renewSigningKey } from './former-keys';
import { verify } from './signing';

describe('a signing key that is replaced', () => {
  let folder: string;
  beforeEach(() => (folder = join(mkdtempSync(join(tmpdir(), 'ardoise-signing-')), 'keys')));
  afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

  it('leaves its public part, which still verifies, and not its private one', async () => {
    const bytes = Buffer.from('a receipt');
    const old = await FileSigningKey.open(folder, 'receipts');
    const signature = await old.sign(bytes);
    const { id, former } = await renewSigningKey(folder, 'receipts');
    expect(former).toEqual({ id: old.id, publicKey: old.publicKey });
    expect(id).not.toBe(old.id);
    expect((await FileSigningKey.open(folder, 'receipts', { create: false })).id).toBe(id);
    expect(readdirSync(folder).sort()).toEqual([`receipts-${old.id}.former.pem`, 'receipts.ed25519.pem']);
    const [kept] = await formerKeys(folder, 'receipts');
    expect(verify(kept?.publicKey ?? '', bytes, signature)).toBe(true);
    await renewSigningKey(folder, 'receipts');
    expect((await formerKeys(folder, 'receipts')).map((key) => key.id).sort()).toEqual([id, old.id].sort());
  });

  it('is made where there was none', async () => {
    const { former } = await renewSigningKey(folder, 'receipts');
    expect(former).toBeUndefined();
    expect(await formerKeys(folder, 'receipts')).toEqual([]);
  });
});
