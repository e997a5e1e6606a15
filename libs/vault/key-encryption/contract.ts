import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { KeyEncryption } from './key-encryption';

/** One place with keys of its own, which several processes use. */
export interface KeyEncryptionHarness {
  /** Opens it as another process would. */
  open(create?: boolean): Promise<KeyEncryption>;
  /** Words that may stand in no error: a pin, a token, a key's bytes where they can be had. */
  secrets(): readonly string[] | Promise<readonly string[]>;
  close(): Promise<void>;
}

const context = Buffer.from('o/group-1');

/** What every provider of key-encryption keys does, shown on the real thing. */
export function keyEncryptionContract(make: () => Promise<KeyEncryptionHarness>): void {
  let harness: KeyEncryptionHarness;
  let first: KeyEncryption;
  let second: KeyEncryption;
  const key = randomBytes(32);

  beforeEach(async () => {
    harness = await make();
    first = await harness.open();
    second = await harness.open();
  });
  afterEach(() => harness.close());

  const opened = async (by: KeyEncryption, { kek, wrapped }: { kek: string; wrapped: Buffer }): Promise<Buffer> =>
    by.unwrap(kek, wrapped, context);

  const failure = async (run: () => Promise<unknown>): Promise<{ code?: string }> => {
    const error: unknown = await run().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: 'VaultError' });
    const text = `${(error as Error).message} ${JSON.stringify(error)} ${(error as Error).stack ?? ''}`;
    for (const secret of [key.toString('hex'), key.toString('base64'), ...(await harness.secrets())]) {
      expect(text).not.toContain(secret);
    }
    return error as { code?: string };
  };

  describe('wrapping', () => {
    it('opens what it wrapped, also from another process', async () => {
      const wrapped = await first.wrap(key, context);
      expect(wrapped.kek).toBe(await first.current());
      expect(wrapped.wrapped.includes(key)).toBe(false);
      expect(await opened(first, wrapped)).toEqual(key);
      expect(await opened(second, wrapped)).toEqual(key);
    });

    it('wraps the same key otherwise each time', async () => {
      const [a, b] = await Promise.all([first.wrap(key, context), first.wrap(key, context)]);
      expect(a.wrapped.equals(b.wrapped)).toBe(false);
    });

    it('opens nothing in another context', async () => {
      const { kek, wrapped } = await first.wrap(key, context);
      expect(await failure(() => first.unwrap(kek, wrapped, Buffer.from('o/group-2')))).toMatchObject({
        code: 'key-tampered',
      });
    });

    it('opens nothing of which a bit was altered, or a byte is missing', async () => {
      const { kek, wrapped } = await first.wrap(key, context);
      for (const at of [0, 11, 12, 30, wrapped.length - 16, wrapped.length - 1]) {
        const bent = Buffer.from(wrapped);
        bent.writeUInt8(bent.readUInt8(at) ^ 1, at);
        expect(await failure(() => first.unwrap(kek, bent, context))).toMatchObject({ code: 'key-tampered' });
      }
      for (const short of [wrapped.subarray(0, -1), wrapped.subarray(0, 5), Buffer.alloc(0)]) {
        expect(await failure(() => first.unwrap(kek, short, context))).toMatchObject({ code: 'key-tampered' });
      }
    });

    it('says of a key that is not there that it is not, and not that it was altered', async () => {
      const { kek, wrapped } = await first.wrap(key, context);
      const digit = kek.endsWith('0') ? '1' : '0';
      for (const other of [kek.slice(0, -1) + digit, kek.replace(/-1-/, '-7-'), 'none', '']) {
        expect(await failure(() => first.unwrap(other, wrapped, context))).toMatchObject({
          code: 'key-encryption-failed',
        });
      }
    });
  });

  describe('keys', () => {
    it('have ids that stay, over re-opening and beside their successors', async () => {
      const id = await first.current();
      expect(await (await harness.open(false)).current()).toBe(id);
      const next = await first.rotate(id);
      const third = await harness.open(false);
      expect(await third.current()).toBe(next);
      expect(await third.keys()).toEqual([id, next]);
    });

    it('are not made where one was lost', async () => {
      const other = await make();
      try {
        expect(await failure(() => other.open(false))).toMatchObject({ code: 'key-encryption-failed' });
      } finally {
        await other.close();
      }
    });

    it('are one first key for all who start at once', async () => {
      const other = await make();
      try {
        const all = await Promise.all(Array.from({ length: 6 }, () => other.open()));
        expect(new Set(await Promise.all(all.map((one) => one.current()))).size).toBe(1);
        expect(await (await other.open()).keys()).toHaveLength(1);
      } finally {
        await other.close();
      }
    });
  });

  describe('rotation', () => {
    it('wraps under the new key, in all processes, and still opens what is old', async () => {
      const old = await first.wrap(key, context);
      const next = await first.rotate(old.kek);
      expect(next).not.toBe(old.kek);
      expect(await second.current()).toBe(next);
      const young = await second.wrap(key, context);
      expect(young.kek).toBe(next);
      expect(await opened(second, old)).toEqual(key);
      expect(await opened(first, young)).toEqual(key);
    });

    it('gives one successor to all who rotate at once, and to one who comes late', async () => {
      const id = await first.current();
      const all = await Promise.all([first, second, first, second].map((one) => one.rotate(id)));
      expect(new Set(all).size).toBe(1);
      expect(await first.rotate(id)).toBe(all[0]);
      expect(await second.current()).toBe(all[0]);
    });

    it('keeps every older key until it is destroyed', async () => {
      const wrapped = [await first.wrap(key, context)];
      for (let round = 0; round < 3; round++) {
        await first.rotate(await first.current());
        wrapped.push(await first.wrap(key, context));
      }
      expect(await first.keys()).toEqual(wrapped.map(({ kek }) => kek));
      for (const one of wrapped) expect(await opened(second, one)).toEqual(key);
    });

    it('is refused after a key that never was', async () => {
      const strange = (await first.current()).replace(/-1-/, '-4-');
      expect(await failure(() => first.rotate(strange))).toMatchObject({ code: 'key-encryption-failed' });
    });
  });

  describe('destruction', () => {
    it('is for good, in all processes, however often', async () => {
      const old = await first.wrap(key, context);
      const next = await first.rotate(old.kek);
      expect(await opened(second, old)).toEqual(key);
      await first.destroy(old.kek);
      for (const by of [first, second, await harness.open(false)]) {
        expect(await failure(() => opened(by, old))).toMatchObject({ code: 'key-encryption-failed' });
        expect(await by.keys()).toEqual([next]);
      }
      await Promise.all([first.destroy(old.kek), second.destroy(old.kek)]);
      await first.destroy('none');
      expect(await opened(second, await first.wrap(key, context))).toEqual(key);
    });

    it('by two at once is one destruction', async () => {
      const id = await first.current();
      const next = await first.rotate(id);
      await Promise.all([first.destroy(id), second.destroy(id)]);
      expect(await first.keys()).toEqual([next]);
    });

    it('refuses the key in use', async () => {
      const id = await first.current();
      expect(await failure(() => first.destroy(id))).toMatchObject({ code: 'key-encryption-failed' });
      const next = await second.rotate(id);
      expect(await failure(() => first.destroy(next))).toMatchObject({ code: 'key-encryption-failed' });
      expect(await first.keys()).toEqual([id, next]);
    });

    it('frees no name: a later key never has the id of a destroyed one', async () => {
      const seen = new Set<string>();
      for (let round = 0; round < 3; round++) {
        const id = await first.current();
        expect(seen.has(id)).toBe(false);
        seen.add(id);
        await first.rotate(id);
        await first.destroy(id);
      }
      expect(seen.has(await first.current())).toBe(false);
    });
  });
}
