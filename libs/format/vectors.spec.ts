import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalBytes, canonicalJson, decrypt, encrypt, hmacSha256, leafHash, NotCanonicalError, sha256 } from '.';
import type { Json } from '.';

function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(join(__dirname, 'vectors', name), 'utf8')) as T;
}

const hex = (text: string) => Buffer.from(text, 'hex');

describe('canonical JSON as RFC 8785 has it', () => {
  const { tests } = vectors<{ tests: { name: string; input: string; output: string }[] }>('json-canonicalization.json');

  it.each(tests)('writes $name', ({ input, output }) => {
    expect(canonicalJson(JSON.parse(input) as Json)).toBe(output);
    expect(canonicalJson(JSON.parse(output) as Json)).toBe(output);
  });

  it('writes the bytes of section 3.2.4', () => {
    const input = String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`;
    expect(canonicalBytes(JSON.parse(input) as Json).toString('hex')).toBe(
      '7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b3333333333333333332e33333333' +
        '3333332c31652b33302c342e352c302e3030322c31652d32375d2c22737472696e67223a22e282ac245c75303030665c6e4127425c22' +
        '5c5c5c5c5c222f227d',
    );
  });

  it('sorts members as section 3.2.3 does, by UTF-16 code units', () => {
    const input = String.raw`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
      "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control",
      "\u00f6":"Latin Small Letter O With Diaeresis"}`;
    expect(canonicalJson(JSON.parse(input) as Json)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis",' +
        '"€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    );
  });

  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('writes the double %s of appendix B as %s', (bits, text) => {
    expect(canonicalJson(hex(bits).readDoubleBE())).toBe(text);
  });

  it.each(['7fffffffffffffff', '7ff0000000000000', 'fff0000000000000'])('refuses the double %s', (bits) => {
    expect(() => canonicalJson(hex(bits).readDoubleBE())).toThrow(NotCanonicalError);
  });
});

interface AeadTest {
  readonly tcId: number;
  readonly comment: string;
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
  readonly result: 'valid' | 'invalid';
}

describe('AES-256-GCM as Project Wycheproof tests it', () => {
  const tests = vectors<{ testGroups: { tests: AeadTest[] }[] }>('aes-256-gcm.json').testGroups.flatMap(
    (group) => group.tests,
  );

  it('has the whole group', () => expect(tests).toHaveLength(66));

  it.each(tests.filter(({ result }) => result === 'valid'))('seals and opens test $tcId', (test) => {
    const [key, iv, aad, msg] = [hex(test.key), hex(test.iv), hex(test.aad), hex(test.msg)];
    const sealed = encrypt(key, msg, aad, () => iv);
    expect(sealed.toString('hex')).toBe(test.iv + test.ct + test.tag);
    expect(decrypt(key, sealed, aad)).toEqual(msg);
  });

  it.each(tests.filter(({ result }) => result === 'invalid'))('refuses test $tcId', (test) => {
    expect(() => decrypt(hex(test.key), hex(test.iv + test.ct + test.tag), hex(test.aad))).toThrow(
      expect.objectContaining({ code: 'section-not-authentic' }),
    );
  });
});

describe('HMAC-SHA256 as RFC 4231 tests it', () => {
  const ascii = (text: string) => Buffer.from(text, 'ascii').toString('hex');
  it.each([
    ['0b'.repeat(20), ascii('Hi There'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    [
      ascii('Jefe'),
      ascii('what do ya want for nothing?'),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    ['aa'.repeat(20), 'dd'.repeat(50), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
    [
      '0102030405060708090a0b0c0d0e0f10111213141516171819',
      'cd'.repeat(50),
      '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
    ],
    ['0c'.repeat(20), ascii('Test With Truncation'), 'a3b6167473100ee06e0c796c2955552b'],
    [
      'aa'.repeat(131),
      ascii('Test Using Larger Than Block-Size Key - Hash Key First'),
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
    [
      'aa'.repeat(131),
      ascii(
        'This is a test using a larger than block-size key and a larger than block-size data. ' +
          'The key needs to be hashed before being used by the HMAC algorithm.',
      ),
      '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
    ],
  ])('keyed with %s', (key, data, mac) => {
    expect(
      hmacSha256(hex(key), hex(data))
        .subarray(0, mac.length / 2)
        .toString('hex'),
    ).toBe(mac);
  });
});

describe('Hashes of the ledger as RFC 6962 has them', () => {
  it('hashes the empty tree', () => {
    expect(sha256(Buffer.alloc(0)).toString('hex')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });

  it.each([
    ['', '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
    ['00', '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7'],
    [Buffer.from('L123456').toString('hex'), '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56'],
  ])('hashes the leaf %p', (leaf, hash) => {
    expect(leafHash(hex(leaf)).toString('hex')).toBe(hash);
  });
});
