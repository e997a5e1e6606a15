import type { StoredEvent } from '@ardoise/event-store';
import { canonicalBytes } from '@ardoise/format';
import { VaultError } from '@ardoise/vault';
import { lookForKeys, type KeysLookedFor } from './missing-keys';

const unit = 'a'.repeat(32);
const fingerprint = 'b'.repeat(64);
const failed = new VaultError('key-encryption-failed', 'away');

describe('looking for keys that are lost', () => {
  const found = async (states: string[], away: boolean[]): Promise<KeysLookedFor[]> => {
    const event = { position: 1n, header: header() } as unknown as StoredEvent;
    const asked = {
      store: { readLog: async () => [event] },
      upkeep: { examine: async () => new Map([[unit, states.shift() as 'open']]) },
      keyEncryption: {
        wrap: async (key: Buffer) => {
          if (away.shift()) throw failed;
          return { kek: 'one', wrapped: key };
        },
        unwrap: async (_: string, wrapped: Buffer) => wrapped,
      },
    };
    const all: KeysLookedFor[] = [];
    const options = { organisation: 'mira', through: 1n, except: new Set<string>() };
    for await (const one of lookForKeys(asked, options)) all.push(one);
    return all;
  };

  it('takes a key-encryption key that is away for no loss', async () => {
    await expect(found(['key-encryption-failed'], [true])).rejects.toBe(failed);
    await expect(found(['key-encryption-failed', 'key-encryption-failed'], [false, true])).rejects.toBe(failed);
  });

  it('finds open what was away for a moment, and lost what is gone while the others open', async () => {
    expect(await found(['key-encryption-failed', 'open'], [])).toEqual([{ lost: [], returned: [], altered: 0 }]);
    const lost = [{ unit, fingerprint }];
    expect(await found(['key-encryption-failed', 'key-encryption-failed'], [])).toEqual([
      { lost, returned: [], altered: 0 },
    ]);
  });

  const header = (): Buffer =>
    canonicalBytes({
      command: 'c'.repeat(64),
      facts: {},
      format: 1,
      id: 'd'.repeat(32),
      organisation: 'mira',
      policy: 1,
      recordedAt: '2026-03-02T09:00:00Z',
      schema: 1,
      sections: [{ unit, fingerprint, commitment: 'e'.repeat(64), ciphertext: `sha256:${'f'.repeat(64)}` }],
      stream: `person-${'0'.repeat(32)}`,
      type: 'person-registered',
      version: 0,
    });
});
