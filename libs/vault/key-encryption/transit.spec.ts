import { keyEncryptionContract } from './contract';
import { TransitDouble } from './spec-support/transit-double';
import { TransitKeyEncryption, type TransitOptions } from './transit';

const context = Buffer.from('context');
const key = Buffer.alloc(32, 7);
const at = (double: TransitDouble): TransitOptions => ({
  url: double.url,
  token: double.token,
  key: 'ardoise',
  pausesMilliseconds: [0, 0],
});

describe('key-encryption keys of a transit service (a double that speaks its protocol)', () => {
  keyEncryptionContract(async () => {
    const double = await TransitDouble.start();
    return {
      open: (create = true) => TransitKeyEncryption.open(at(double), { create }),
      secrets: () => [double.token, ...[1, 2, 3, 4].flatMap((version) => double.secret('ardoise', version) ?? [])],
      close: () => double.close(),
    };
  });
});

describe('a transit service', () => {
  let double: TransitDouble;
  beforeEach(async () => {
    double = await TransitDouble.start();
  });
  afterEach(() => double.close());

  it('is asked in its namespace', async () => {
    await TransitKeyEncryption.open({ ...at(double), namespace: 'schools/ardoise' });
    expect(double.requests[0]).toBe('GET /v1/transit/keys/ardoise schools/ardoise');
  });

  it('deletes a destroyed version, not only refuses it', async () => {
    const kek = await TransitKeyEncryption.open(at(double));
    const id = await kek.current();
    expect(double.secret('ardoise', 1)).toBeDefined();
    await kek.rotate(id);
    await kek.destroy(id);
    expect(double.secret('ardoise', 1)).toBeUndefined();
    expect(double.secret('ardoise', 2)).toBeDefined();
  });

  it('goes on with a destruction that was cut short between its two requests', async () => {
    const kek = await TransitKeyEncryption.open(at(double));
    const id = await kek.current();
    await kek.rotate(id);
    const counted = double.requests.length;
    // The trimming finds the service in trouble, at every attempt.
    double.troubles.push(...([undefined, undefined, 500, 500, 500] as number[]));
    await expect(kek.destroy(id)).rejects.toMatchObject({ code: 'key-encryption-failed' });
    expect(double.requests.slice(counted).filter((one) => one.includes('/trim'))).toHaveLength(3);
    expect(double.secret('ardoise', 1)).toBeDefined();
    await kek.destroy(id);
    expect(double.secret('ardoise', 1)).toBeUndefined();
  });

  it('destroys no version while an older one is there, for both would end', async () => {
    const kek = await TransitKeyEncryption.open(at(double));
    const first = await kek.current();
    const second = await kek.rotate(first);
    await kek.rotate(second);
    await expect(kek.destroy(second)).rejects.toThrow(`only after the older ${first}`);
    await kek.destroy(first);
    await kek.destroy(second);
    expect(await kek.keys()).toHaveLength(1);
  });

  it('that somebody rotates by hand goes on wrapping under the version that is in use', async () => {
    const kek = await TransitKeyEncryption.open(at(double));
    const second = await kek.rotate(await kek.current());
    await fetch(`${double.url}/v1/transit/keys/ardoise/rotate`, {
      method: 'POST',
      headers: { 'X-Vault-Token': double.token },
    });
    expect(await kek.current()).toBe(second);
    expect((await kek.wrap(key, context)).kek).toBe(second);
    expect(await kek.rotate(second)).toMatch(/^transit-3-/);
  });

  it('is asked again when it is in passing trouble, and not for ever', async () => {
    const kek = await TransitKeyEncryption.open(at(double));
    double.troubles.push(503, 429);
    const { kek: id, wrapped } = await kek.wrap(key, context);
    expect(await kek.unwrap(id, wrapped, context)).toEqual(key);
    double.troubles.push(503, 503, 503);
    const error: unknown = await kek.current().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'key-encryption-failed' });
    expect((error as Error).message).toBe(
      'the transit service answers 503 to GET transit/keys/ardoise, after 3 attempts',
    );
  });

  it('that gives no answer is not waited for without end', async () => {
    const kek = await TransitKeyEncryption.open({ ...at(double), timeoutMilliseconds: 50, pausesMilliseconds: [] });
    double.troubles.push('hang');
    await expect(kek.current()).rejects.toThrow('gives no answer in time');
  });

  it('that is not there is a clear failure', async () => {
    await expect(TransitKeyEncryption.open({ ...at(double), url: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'key-encryption-failed',
      message: expect.stringContaining('cannot be reached'),
    });
  });

  it('that refuses our token says so, once, without it', async () => {
    const error: unknown = await TransitKeyEncryption.open({ ...at(double), token: 'hvs.wrong-1' }).catch((e) => e);
    expect(error).toMatchObject({ code: 'key-encryption-failed' });
    expect((error as Error).message).toMatch(/does not let our token/);
    expect((error as Error).message).not.toContain('hvs.');
    expect(double.requests).toHaveLength(1);
  });

  it('may hold no key that could leave it', async () => {
    double.put('ardoise', true);
    await expect(TransitKeyEncryption.open(at(double))).rejects.toThrow(/can be exported/);
  });

  it('with a key deleted and made again under its name has another key, by its id', async () => {
    const kek = await TransitKeyEncryption.open(at(double));
    const { kek: id, wrapped } = await kek.wrap(key, context);
    double.put('ardoise');
    expect(await kek.current()).not.toBe(id);
    await expect(kek.unwrap(id, wrapped, context)).rejects.toMatchObject({ code: 'key-encryption-failed' });
  });
});
