import type { Config } from '@ardoise/config';
import { FileSigningKey, type LedgerKeys, type PublishedKey } from '@ardoise/signing';
import { createPublicKey } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

const name = 'ledger';

/**
 * The keys that sign checkpoints. The first is made where no tree was ever begun: later, one that is not there was lost,
 * and trees were signed with it.
 * @throws SigningError
 */
export async function openLedgerKeys({ keysFolder }: Config, { create }: { create: boolean }): Promise<LedgerKeys> {
  const key = await FileSigningKey.open(keysFolder, name, { create });
  const { mtimeMs } = await stat(join(keysFolder, `${name}.ed25519.pem`));
  const { x = '' } = createPublicKey(key.publicKey).export({ format: 'jwk' });
  const since = new Date(Math.floor(mtimeMs / 1000) * 1000).toISOString().replace('.000Z', 'Z');
  const published: PublishedKey = { id: key.id, publicKey: Buffer.from(x, 'base64url'), since };
  return { signing: async () => [key], published: async () => [published] };
}

/** What the names of new trees begin with: as configured, or after the first key of the ledger. */
export async function originBaseOf({ ledgerOrigin }: Config, keys: LedgerKeys): Promise<string> {
  if (ledgerOrigin !== undefined) return ledgerOrigin;
  const [first] = await keys.published();
  if (first) return `ardoise.internal/${first.id}`;
  throw new RangeError('a ledger without any key has no name');
}
