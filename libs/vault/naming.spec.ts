import { fingerprintOf } from '@ardoise/format';
import { KeyedNaming, lookupDigest } from './naming';
import { groupKeyContext, secretContext, unitKeyContext } from './wrapping';

const key = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex');
const unit = '9a41c0ffee00112233445566778899aa';
const group = '00112233445566778899aabbccddeeff';
const command = '0b3f1c9e-5a52-4d43-9a51-0f3a5d1b2c3d';

describe('names under a naming key', () => {
  const naming = new KeyedNaming(key);

  // Frozen: these stand in stored headers and ids. A change of any of them loses every repetition of a command.
  it('never drift', () => {
    expect({
      command: naming.command('learning-c3d2c3d2c3d2c3d2c3d2c3d2c3d2c3d2', command).toString('hex'),
      stream: naming.stream('enrolment', command),
      id: naming.id('seat', 'session', command),
      step: naming.step(unit, 'release-seat'),
      digest: naming.digest('request', 'body'),
      lookup: lookupDigest(key, 'lms', 'É-1024').toString('hex'),
    }).toMatchInlineSnapshot(`
     {
       "command": "bcdd98adfcc25ae1710174a5070f1945c5aebb7da35c13f01ab7ed1d9be79d3d",
       "digest": "a16a30f4990d5607cac4bcb7caefb753e39203f32fafce77c9d2f9d24b596413",
       "id": "610dc89297cfa5ba373009ee317fb4f2",
       "lookup": "2de2f55a5b4463c5708b52c678a25dc7dcafd2847aaf3c25634034850e8640b8",
       "step": "4c5ceb3c-427c-8cba-945e-192bdb917fbd",
       "stream": "enrolment-5bbc687d42c4da7e277b834722ca5c60",
     }
    `);
  });

  it('give UUIDs of version 8 for steps', () => {
    for (let i = 0; i < 200; i++) {
      expect(naming.step(unit, `step-${i}`)).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    }
  });

  it('do not run into each other', () => {
    const hex = (bytes: Buffer) => bytes.toString('hex');
    const names = [
      hex(naming.command('ab', 'c')),
      hex(naming.command('a', 'bc')),
      naming.id('ab', 'c'),
      naming.id('a', 'bc'),
      naming.id('a', 'b', 'c'),
      naming.digest('a', 'bc'),
      hex(lookupDigest(key, 'a', 'bc')),
      hex(new KeyedNaming(Buffer.alloc(32)).command('ab', 'c')),
    ].map((name) => name.slice(0, 32));
    expect(new Set(names).size).toBe(names.length);
  });

  it('digest bytes and their text alike', () => {
    expect(naming.digest('request', Buffer.from('été'))).toBe(naming.digest('request', 'été'));
  });

  it('find an external id however its accents were typed, and only under the same key', () => {
    expect(lookupDigest(key, 'lms', 'E\u0301-1')).toEqual(lookupDigest(key, 'lms', '\u00c9-1'));
    expect(lookupDigest(Buffer.alloc(32), 'lms', 'x')).not.toEqual(lookupDigest(key, 'lms', 'x'));
  });
});

describe('what wrapped keys are bound to', () => {
  // Frozen: a stored key opens only under exactly these bytes.
  it('never drifts', () => {
    expect({
      unit: unitKeyContext('moniravique', group, unit).toString('hex'),
      group: groupKeyContext('moniravique', group).toString('hex'),
      secret: secretContext('moniravique', 'naming').toString('hex'),
      fingerprint: fingerprintOf(key, unit),
    }).toMatchInlineSnapshot(`
     {
       "fingerprint": "84bbce4c8e9c6d828cf82445f2cc01d5cb393f35907e49e98453d5547510e94e",
       "group": "000000136172646f6973652f67726f75702d6b65792f310000000b6d6f6e6972617669717565000000203030313132323333343435353636373738383939616162626363646465656666",
       "secret": "000000106172646f6973652f7365637265742f310000000b6d6f6e6972617669717565000000066e616d696e67",
       "unit": "000000126172646f6973652f756e69742d6b65792f310000000b6d6f6e6972617669717565000000203030313132323333343435353636373738383939616162626363646465656666000000203961343163306666656530303131323233333434353536363737383839396161",
     }
    `);
  });
});
