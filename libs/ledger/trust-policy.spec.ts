import { formatVerifierKey, LedgerError, parseTrustPolicy, type VerifierKey } from '.';
import { refusalOf } from './spec-support/refusal';
import { signerOf } from './spec-support/signers';

const log = signerOf('log.example/one').key;
const witness = (number: number) => signerOf(`witness.example/w${number}`, 0x04, number + 20).key;
const vkey = (key: VerifierKey) => formatVerifierKey(key);
const [X1, X2, X3, Y1, Y2, Y3] = [1, 2, 3, 4, 5, 6].map(witness) as [
  VerifierKey,
  VerifierKey,
  VerifierKey,
  VerifierKey,
  VerifierKey,
  VerifierKey,
];

const example = `
# A quorum of two levels
log ${vkey(log)}  https://log.example/

witness X1 ${vkey(X1)}\thttps://witness.example/w1
witness X2 ${vkey(X2)}
witness X3 ${vkey(X3)}
  group X-witnesses 2 X1 X2 X3

witness Y1 ${vkey(Y1)}
witness Y2 ${vkey(Y2)}
witness Y3 ${vkey(Y3)}
group\tY-witnesses any Y1 Y2 Y3 \t

   # indented
group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`;

describe('a trust policy', () => {
  it('is the example of the specification', () => {
    const policy = parseTrustPolicy(example);
    expect(policy.logs).toEqual([{ key: log, url: 'https://log.example/' }]);
    expect(policy.witnesses).toHaveLength(6);
    expect(policy.witnesses.slice(0, 2)).toEqual([
      { name: 'X1', key: X1, url: 'https://witness.example/w1' },
      { name: 'X2', key: X2 },
    ]);
    expect(policy.isSatisfied([X1, X2, Y3])).toBe(true);
    expect(policy.isSatisfied([X1, X2, X3, Y1, Y2, Y3])).toBe(true);
    expect(policy.isSatisfied([X1, Y1, Y2, Y3])).toBe(false);
    expect(policy.isSatisfied([X1, X1, Y1])).toBe(false);
    expect(policy.isSatisfied([X1, X2, X3])).toBe(false);
    expect(policy.isSatisfied([])).toBe(false);
    const namesake = { ...Y1, publicKey: witness(9).publicKey };
    expect(policy.isSatisfied([X1, X2, namesake, log])).toBe(false);
  });

  it('may ask for no witness, or for one', () => {
    const none = parseTrustPolicy('quorum none');
    expect([none.logs, none.witnesses, none.isSatisfied([])]).toEqual([[], [], true]);
    const one = parseTrustPolicy(`witness é ${vkey(X1)}\nquorum é\n`);
    expect([one.isSatisfied([X1]), one.isSatisfied([X2])]).toEqual([true, false]);
  });

  it('may be as large as the specification asks for', () => {
    const keys = Array.from({ length: 32 }, (_, number) => signerOf(`w${number}`, 0x04, number + 60).key);
    const logs = Array.from({ length: 32 }, (_, number) => signerOf(`l${number}`, 0x01, number + 100).key);
    const groups = keys.map((_, number) => `group g${number} all w${number}${number > 0 ? ` g${number - 1}` : ''}\n`);
    const policy = parseTrustPolicy(
      logs.map((key) => `log ${vkey(key)}\n`).join('') +
        keys.map((key, number) => `witness w${number} ${vkey(key)}\n`).join('') +
        `${groups.join('')}quorum g31\n`,
    );
    expect([policy.isSatisfied(keys), policy.isSatisfied(keys.slice(1))]).toEqual([true, false]);
  });

  const first = `witness X1 ${vkey(X1)}\n`;
  it.each([
    ['', 'policy-quorum-missing', undefined],
    ['quorum none\nquorum none\n', 'policy-quorum-twice', 2],
    ['quorum X1\n', 'policy-name-unknown', 1],
    [`quorum X1\n${first}`, 'policy-name-unknown', 1],
    ['quorum\n', 'policy-line-malformed', 1],
    ['quorum none none\n', 'policy-line-malformed', 1],
    ['\nQuorum none\n', 'policy-line-unknown', 2],
    ['\ufeffquorum none\n', 'policy-line-unknown', 1],
    ['quorum none\r\n', 'policy-character-refused', 1],
    ['# \0\nquorum none\n', 'policy-character-refused', 1],
    ['# \x7f\nquorum none\n', 'policy-character-refused', 1],
    ['quorum\u00a0none\n', 'policy-line-unknown', 1],
    ['log\n', 'policy-line-malformed', 1],
    [`log ${vkey(log)} https://log.example more\n`, 'policy-line-malformed', 1],
    [`log ${vkey(log)}\nlog ${vkey(log)}\n`, 'policy-key-twice', 2],
    [`log ${vkey(log)}\nlog ${vkey(signerOf('log.example/two').key)}\n`, 'policy-key-twice', 2],
    [`log ${vkey(X1)}\n`, 'policy-key-refused', 1],
    [`log ${vkey(log).slice(0, -1)}\n`, 'policy-key-refused', 1],
    ['witness X1\n', 'policy-line-malformed', 1],
    [`witness X1 ${vkey(X1)} url more\n`, 'policy-line-malformed', 1],
    [`witness X1 ${vkey(log)}\n`, 'policy-key-refused', 1],
    [`${first}witness X2 ${vkey(X1)}\n`, 'policy-key-twice', 2],
    [`${first}witness X1 ${vkey(X2)}\n`, 'policy-name-twice', 2],
    [`witness none ${vkey(X1)}\n`, 'policy-name-refused', 1],
    [`${first}group X1 all X1\n`, 'policy-name-twice', 2],
    [`${first}group none all X1\n`, 'policy-name-refused', 2],
    [`${first}group g all none\n`, 'policy-name-refused', 2],
    [`${first}group g all\n`, 'policy-line-malformed', 2],
    [`${first}group g all X2\n`, 'policy-name-unknown', 2],
    [`${first}group g all g\n`, 'policy-name-unknown', 2],
    [`${first}group g any X1 X1\n`, 'policy-member-twice', 2],
    [`${first}group g any X1\ngroup h any X1\n`, 'policy-member-twice', 3],
    [`${first}group g 0 X1\n`, 'policy-threshold-refused', 2],
    [`${first}group g 2 X1\n`, 'policy-threshold-refused', 2],
    [`${first}group g 01 X1\n`, 'policy-threshold-refused', 2],
    [`${first}group g ALL X1\n`, 'policy-threshold-refused', 2],
    [' '.repeat(300_000), 'policy-too-large', undefined],
  ])('is refused as %j', (text, code, line) => {
    expect(refusalOf(() => parseTrustPolicy(text))).toBe(code);
    if (line !== undefined) expect(() => parseTrustPolicy(text)).toThrow(new RegExp(`^line ${line}: `));
    expect(() => parseTrustPolicy(text)).toThrow(LedgerError);
  });
});
