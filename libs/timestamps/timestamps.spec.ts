import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { hasOpenssl, stampingOnly, TimestampAuthority } from '../testing/timestamp-authority';
import { requestTimestamp } from './client';
import { TimestampError, type TimestampErrorCode } from './errors';
import { encodeRequest } from './request';
import { parseResponse } from './response';
import { verifyTimestamp } from './verification';

// OpenSSL's command is needed here: apt-get install openssl.
const described = hasOpenssl ? describe : describe.skip;
const digest = createHash('sha256').update('a checkpoint').digest();
const other = createHash('sha256').update('another').digest();

const refusedAs = (code: TimestampErrorCode, message?: RegExp): unknown =>
  expect.objectContaining({
    name: 'TimestampError',
    code,
    ...(message ? { message: expect.stringMatching(message) } : {}),
  });

described('a timestamp of a real authority', () => {
  let authority: TimestampAuthority;
  let token: Buffer;
  const trusting = (...names: string[]): Buffer[] => names.map((name) => authority.certificate(name));
  const query = (): Buffer => encodeRequest(digest, randomBytes(7));

  beforeAll(async () => {
    authority = await TimestampAuthority.start();
    token = await requestTimestamp({ url: authority.url, digest });
  });
  afterAll(() => authority.close());

  it('says when the bytes were there, and OpenSSL says the same', async () => {
    const { at, policy, serial } = await verifyTimestamp(token, digest, trusting('root'));
    expect(policy).toBe('1.2.3.4.1');
    writeFileSync(authority.path('kept.tsr'), token);
    const hex = digest.toString('hex');
    const untrusted = ['-CAfile', 'root.pem', '-untrusted', 'below.pem'];
    // OpenSSL says "Verification: OK" on stderr, and nothing fails.
    authority.openssl('ts', '-verify', '-digest', hex, '-in', 'kept.tsr', ...untrusted);
    expect(() =>
      authority.openssl('ts', '-verify', '-digest', other.toString('hex'), '-in', 'kept.tsr', ...untrusted),
    ).toThrow();
    const text = authority.openssl('ts', '-reply', '-in', 'kept.tsr', '-text');
    const printed = /Time stamp: (.*)/.exec(text)?.[1] ?? '';
    expect(Math.floor(at.getTime() / 1000)).toBe(
      Math.floor(Date.parse(printed.replace(/\.\d+ GMT/, (part) => part)) / 1000),
    );
    expect(BigInt(`0x${serial}`)).toBe(BigInt(/Serial number: (0x[0-9A-F]+)/.exec(text)?.[1] ?? ''));
  });

  it('is believed by its root, by the authority below, and by its very certificate', async () => {
    for (const name of ['root', 'below', 'stamping']) {
      await expect(verifyTimestamp(token, digest, trusting(name))).resolves.toMatchObject({ policy: '1.2.3.4.1' });
    }
  });

  it('of RSA keys is as good', async () => {
    const rsa = await TimestampAuthority.start('rsa');
    try {
      const stamped = await requestTimestamp({ url: rsa.url, digest });
      await expect(verifyTimestamp(stamped, digest, [rsa.certificate('root')])).resolves.toBeDefined();
      await expect(verifyTimestamp(stamped, digest, trusting('root'))).rejects.toEqual(
        refusedAs('timestamp-untrusted'),
      );
    } finally {
      await rsa.close();
    }
  });

  it('is about no other bytes', async () => {
    await expect(verifyTimestamp(token, other, trusting('root'))).rejects.toEqual(refusedAs('timestamp-imprint-wrong'));
  });

  it('is not believed without a path to what is trusted', async () => {
    await expect(verifyTimestamp(token, digest, [])).rejects.toEqual(refusedAs('timestamp-untrusted'));
    const alone = authority.reply(query(), { chain: ['stamping'] });
    await expect(verifyTimestamp(alone, digest, trusting('root'))).rejects.toEqual(refusedAs('timestamp-untrusted'));
    await expect(verifyTimestamp(alone, digest, trusting('below'))).resolves.toBeDefined();
  });

  it('is not believed where an issuer is no authority', async () => {
    authority.issue('anybody', { issuer: 'below', extensions: 'basicConstraints=CA:false' });
    authority.issue('theirs', { issuer: 'anybody', extensions: stampingOnly });
    const forged = authority.reply(query(), { signer: 'theirs', chain: ['anybody', 'below'] });
    await expect(verifyTimestamp(forged, digest, trusting('root'))).rejects.toEqual(
      refusedAs('timestamp-untrusted', /an issuer is none/),
    );
  });

  it('is not believed beyond the length of a path', async () => {
    authority.issue('short', {
      issuer: 'root',
      extensions: 'basicConstraints=critical,CA:true,pathlen:0\nkeyUsage=critical,keyCertSign',
    });
    authority.issue('deeper', {
      issuer: 'short',
      extensions: 'basicConstraints=critical,CA:true\nkeyUsage=keyCertSign',
    });
    authority.issue('deepest', { issuer: 'deeper', extensions: stampingOnly });
    const long = authority.reply(query(), { signer: 'deepest', chain: ['deeper', 'short'] });
    await expect(verifyTimestamp(long, digest, trusting('root'))).rejects.toEqual(refusedAs('timestamp-untrusted'));
    authority.issue('nearer', { issuer: 'short', extensions: stampingOnly });
    const right = authority.reply(query(), { signer: 'nearer', chain: ['short'] });
    await expect(verifyTimestamp(right, digest, trusting('root'))).resolves.toBeDefined();
  });

  it('is not believed when a certificate was over at its time', async () => {
    authority.issue('over', { issuer: 'below', extensions: stampingOnly, until: '20210101000000Z' });
    const late = authority.reply(query(), { signer: 'over' });
    await expect(verifyTimestamp(late, digest, trusting('root'))).rejects.toEqual(
      refusedAs('timestamp-untrusted', /not valid at the time/),
    );
  });

  it.each([
    ['for something else', 'extendedKeyUsage=critical,serverAuth'],
    ['for stamping and more', 'extendedKeyUsage=critical,timeStamping,serverAuth'],
    ['for stamping, and not strictly', 'extendedKeyUsage=timeStamping'],
    ['for anything', 'basicConstraints=CA:false'],
    ['whose key may not sign', 'keyUsage=critical,keyEncipherment\nextendedKeyUsage=critical,timeStamping'],
  ])('is not believed by a certificate %s', async (name, extensions) => {
    const signer = name.replace(/\W/g, '-');
    authority.issue(signer, { issuer: 'below', extensions });
    const stamped = signedBy(signer);
    await expect(verifyTimestamp(stamped, digest, trusting('root'))).rejects.toEqual(refusedAs('timestamp-untrusted'));
  });

  it('is made by no other means than these in the test before', async () => {
    await expect(verifyTimestamp(signedBy('stamping'), digest, trusting('root'))).resolves.toBeDefined();
  });

  it('is refused, or says the same, whichever byte of it is changed', async () => {
    const trusted = trusting('root');
    const said = await verifyTimestamp(token, digest, trusted);
    const codes = new Set<string>();
    // Every fifth is enough to meet each kind of part, and takes seconds.
    for (let at = 0; at < token.length; at += 5) {
      // Connections to the authority end meanwhile as they would.
      await nextTurn();
      const changed = Buffer.from(token);
      changed.writeUInt8(changed.readUInt8(at) ^ (1 << (at % 8)), at);
      const result: unknown = await verifyTimestamp(changed, digest, trusted).catch((error: unknown) => error);
      if (result instanceof TimestampError) codes.add(result.code);
      else expect({ at, result }).toEqual({ at, result: said });
    }
    expect([...codes].sort()).toEqual(
      expect.arrayContaining([
        'timestamp-altered',
        'timestamp-imprint-wrong',
        'timestamp-malformed',
        'timestamp-untrusted',
      ]),
    );
  });

  it('is none when it is cut off, or something else', async () => {
    const page = Buffer.from('<html></html>');
    for (const none of [Buffer.alloc(0), page, token.subarray(0, -1), Buffer.concat([token, Buffer.of(0)]), query()]) {
      await expect(verifyTimestamp(none, digest, trusting('root'))).rejects.toEqual(refusedAs('timestamp-malformed'));
    }
    await expect(verifyTimestamp(Buffer.alloc(70_000), digest, [])).rejects.toEqual(refusedAs('timestamp-malformed'));
  });

  it('is not given, and the authority says why', async () => {
    const rejection = authority.reply(query(), { digests: 'sha512' });
    await expect(verifyTimestamp(rejection, digest, [])).rejects.toEqual(
      refusedAs('timestamp-rejected', /rejection, bad algorithm/),
    );
    authority.troubles.push(rejection);
    await expect(requestTimestamp({ url: authority.url, digest })).rejects.toEqual(refusedAs('timestamp-rejected'));
  });

  /** A token that OpenSSL's authority would refuse to sign: its info is an earlier one's, signed as any message is. */
  function signedBy(signer: string): Buffer {
    writeFileSync(authority.path('info.der'), parseResponse(token).content);
    const signing = ['-signer', `${signer}.pem`, '-inkey', `${signer}.key`, '-certfile', 'below.pem', '-cades'];
    const form = ['-binary', '-nodetach', '-outform', 'DER', '-md', 'sha256'];
    const type = ['-econtent_type', '1.2.840.113549.1.9.16.1.4'];
    authority.openssl('cms', '-sign', '-in', 'info.der', ...signing, ...form, ...type, '-out', 'signed.der');
    const signed = readFileSync(authority.path('signed.der'));
    const body = Buffer.concat([Buffer.from('3003020100', 'hex'), signed]);
    const length = Buffer.alloc(4, 0x82);
    length.writeUInt8(0x30, 0);
    length.writeUInt16BE(body.length, 2);
    return Buffer.concat([length, body]);
  }
});

described('asking an authority', () => {
  let authority: TimestampAuthority;
  const ask = (more: object = {}): Promise<Buffer> => requestTimestamp({ url: authority.url, digest, ...more });
  beforeAll(async () => (authority = await TimestampAuthority.start()));
  afterAll(() => authority.close());

  it('believes no answer to another request', async () => {
    authority.troubles.push(await ask());
    await expect(ask()).rejects.toEqual(refusedAs('timestamp-nonce-wrong'));
    authority.troubles.push(authority.reply(encodeRequest(other, randomBytes(7))));
    await expect(ask()).rejects.toEqual(refusedAs('timestamp-imprint-wrong'));
  });

  it('believes no answer that was altered', async () => {
    const answered: typeof fetch = async (...parameters) => {
      const bytes = Buffer.from(await (await fetch(...parameters)).arrayBuffer());
      // The signature is at the end.
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
      return new Response(new Uint8Array(bytes));
    };
    await expect(ask({ fetch: answered })).rejects.toEqual(refusedAs('timestamp-altered'));
  });

  it.each([
    [500, /answered 500/],
    ['hang', /no answer within 200 milliseconds/],
    ['redirect', /cannot be reached/],
    [Buffer.alloc(70_000), /more than 65536 bytes/],
  ] as const)('ends with a reason when it goes wrong: case %#', async (trouble, message) => {
    authority.troubles.push(trouble);
    const timeoutMilliseconds = trouble === 'hang' ? 200 : 10_000;
    await expect(ask({ timeoutMilliseconds })).rejects.toEqual(refusedAs('timestamp-unreachable', message));
  });

  it('ends when nobody is there, and when it is told to', async () => {
    await expect(ask({ url: 'http://127.0.0.1:9/' })).rejects.toEqual(refusedAs('timestamp-unreachable'));
    authority.troubles.push('hang');
    await expect(ask({ signal: AbortSignal.timeout(50) })).rejects.toEqual(refusedAs('timestamp-unreachable'));
  });
});
