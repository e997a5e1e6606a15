import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  emptyRoot,
  formatAddCheckpoint,
  formatConsistency,
  formatProof,
  formatTreeSize,
  leafHash,
  openCheckpoint,
  parseAddCheckpoint,
  parseCheckpoint,
  parseConsistency,
  parseNote,
  parseProof,
  parseTreeSize,
  proofFileLimit,
  verifierKey,
  verifyConsistency,
} from '.';
import { refusalOf } from './spec-support/refusal';

const checkpoint = Buffer.from(`log.example\n3\n${emptyRoot.toString('base64')}\n\n— log.example AAAAAAE=\n`);
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const proof = fc.array(hash, { maxLength: 63 });
const line = emptyRoot.toString('base64');

describe('a file with a proof of inclusion', () => {
  it('is read back as it was written', () => {
    const extra = fc.option(
      fc.uint8Array({ minLength: 1, maxLength: 99 }).map((bytes) => Buffer.from(bytes)),
      { nil: undefined },
    );
    fc.assert(
      fc.property(fc.maxSafeNat(), proof, extra, (index, hashes, more) => {
        const file = { ...(more ? { extra: more } : {}), index, proof: hashes, checkpoint };
        expect(parseProof(formatProof(file))).toEqual(file);
      }),
    );
    const nothing = { index: 0, proof: [], checkpoint };
    expect(formatProof({ ...nothing, extra: Buffer.alloc(0) })).toBe(
      `c2sp.org/tlog-proof@v1\nindex 0\n\n${String(checkpoint)}`,
    );
  });

  it('has the form of the specification', () => {
    const [one, two] = [leafHash(Buffer.from('1')), leafHash(Buffer.from('2'))];
    expect(formatProof({ extra: Buffer.from('extra'), index: 73894, proof: [one, two], checkpoint })).toBe(
      `c2sp.org/tlog-proof@v1\nextra ZXh0cmE=\nindex 73894\n${one.toString('base64')}\n${two.toString('base64')}\n\n` +
        String(checkpoint),
    );
  });

  const kind = 'c2sp.org/tlog-proof@v1';
  it.each([
    ['', 'proof-file-malformed'],
    [`${kind}\nindex 0\n${line}\n`, 'proof-file-malformed'],
    [`${kind}\nindex 0\n\n`, 'proof-file-checkpoint-missing'],
    [`${kind}\n\ncheckpoint\n`, 'proof-file-malformed'],
    [`${kind}\nextra AAAA\n\ncheckpoint\n`, 'proof-file-malformed'],
    [`${kind}\n${line}\n\ncheckpoint\n`, 'proof-file-malformed'],
    [`${kind}\nindex\n\ncheckpoint\n`, 'proof-file-malformed'],
    [`wrong-header\nindex 0\n\ncheckpoint\n`, 'proof-file-kind-unknown'],
    [`${kind} \nindex 0\n\ncheckpoint\n`, 'proof-file-kind-unknown'],
    [`${kind}\r\nindex 0\r\n\n\ncheckpoint\n`, 'proof-file-kind-unknown'],
    [`${kind}\nindex 00\n\ncheckpoint\n`, 'proof-file-number-malformed'],
    [`${kind}\nindex -5\n\ncheckpoint\n`, 'proof-file-number-malformed'],
    [`${kind}\nindex notanumber\n\ncheckpoint\n`, 'proof-file-number-malformed'],
    [`${kind}\nindex 9007199254740992\n\ncheckpoint\n`, 'proof-file-number-malformed'],
    [`${kind}\nindex 0 \n\ncheckpoint\n`, 'proof-file-number-malformed'],
    [`${kind}\nextra !!notbase64!!\nindex 0\n\ncheckpoint\n`, 'proof-file-extra-malformed'],
    [`${kind}\nextra \nindex 0\n\ncheckpoint\n`, 'proof-file-extra-malformed'],
    [`${kind}\nextra AAB=\nindex 0\n\ncheckpoint\n`, 'proof-file-extra-malformed'],
    [`${kind}\nindex 0\nextra AAAA\n\ncheckpoint\n`, 'proof-file-hash-malformed'],
    [`${kind}\nindex 0\n!!notbase64!!\n\ncheckpoint\n`, 'proof-file-hash-malformed'],
    [`${kind}\nindex 0\n${Buffer.alloc(64).toString('base64')}\n\ncheckpoint\n`, 'proof-file-hash-malformed'],
    [`${kind}\nindex 0\n${line} \n\ncheckpoint\n`, 'proof-file-hash-malformed'],
    [`${kind}\nindex 0\n${`${line}\n`.repeat(64)}\ncheckpoint\n`, 'proof-file-too-many-hashes'],
    ['a'.repeat(proofFileLimit + 1), 'proof-file-too-large'],
    ['é'.repeat(proofFileLimit / 2 + 1), 'proof-file-too-large'],
  ])('is refused as %j', (text, code) => {
    expect(refusalOf(() => parseProof(text))).toBe(code);
  });

  it('is not written when nobody could read it', () => {
    const file = { index: 0, proof: [], checkpoint };
    expect(refusalOf(() => formatProof({ ...file, index: -1 }))).toBe('size-refused');
    expect(refusalOf(() => formatProof({ ...file, proof: [Buffer.alloc(31)] }))).toBe('hash-malformed');
    expect(refusalOf(() => formatProof({ ...file, proof: Array(64).fill(emptyRoot) }))).toBe(
      'proof-file-too-many-hashes',
    );
    expect(refusalOf(() => formatProof({ ...file, checkpoint: Buffer.from('text\n') }))).toBe('note-malformed');
    expect(refusalOf(() => formatProof({ ...file, extra: Buffer.alloc(proofFileLimit) }))).toBe('proof-file-too-large');
  });
});

describe('a file with a proof of consistency', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), hash, proof, (from, fromRoot, hashes) => {
        const file = { from, fromRoot, proof: hashes, checkpoint };
        expect(parseConsistency(formatConsistency(file))).toEqual(file);
      }),
    );
    expect(formatConsistency({ from: 2, fromRoot: emptyRoot, proof: [emptyRoot], checkpoint })).toBe(
      `ardoise/consistency-proof@v1\nold 2\nroot ${line}\n${line}\n\n${String(checkpoint)}`,
    );
  });

  const kind = 'ardoise/consistency-proof@v1';
  it.each([
    [`c2sp.org/tlog-proof@v1\nold 1\nroot ${line}\n\ncheckpoint\n`, 'proof-file-kind-unknown'],
    [`${kind}\nroot ${line}\n\ncheckpoint\n`, 'proof-file-malformed'],
    [`${kind}\nold 1\n\ncheckpoint\n`, 'proof-file-malformed'],
    [`${kind}\nold 1\n${line}\n\ncheckpoint\n`, 'proof-file-malformed'],
    [`${kind}\nold 01\nroot ${line}\n\ncheckpoint\n`, 'proof-file-number-malformed'],
    [`${kind}\nold 1\nroot ${line}=\n\ncheckpoint\n`, 'proof-file-hash-malformed'],
    [`${kind}\nold 1\nroot ${line}\nAAAA\n\ncheckpoint\n`, 'proof-file-hash-malformed'],
  ])('is refused as %j', (text, code) => {
    expect(refusalOf(() => parseConsistency(text))).toBe(code);
  });
});

describe('what a witness is asked', () => {
  interface Request {
    name: string;
    body: string;
    status: number;
  }
  const { addCheckpoint } = JSON.parse(readFileSync(join(__dirname, 'vectors', 'notes.json'), 'utf8')) as {
    addCheckpoint: { origin: string; publicKey: string; requests: Request[] };
  };
  const key = verifierKey(addCheckpoint.origin, 0x01, Buffer.from(addCheckpoint.publicKey, 'hex'));

  /** A witness of one log, as the specification has its answers, made of nothing but this library. */
  function witness(): (body: Buffer) => number {
    let latest = { size: 0, root: emptyRoot };
    return (body) => {
      const known = { origin: addCheckpoint.origin };
      const first = refusalOf(() => {
        const request = parseAddCheckpoint(body);
        known.origin = parseCheckpoint(parseNote(request.checkpoint)).origin;
      });
      if (first) return first === 'note-signature-malformed' ? 403 : 400;
      if (known.origin !== addCheckpoint.origin) return 404;
      const request = parseAddCheckpoint(body);
      if (refusalOf(() => openCheckpoint(request.checkpoint, [key]))) return 403;
      const { checkpoint: next } = openCheckpoint(request.checkpoint, [key]);
      if (request.old > next.size) return 400;
      if (request.old !== latest.size) return 409;
      const p = { from: request.old, to: next.size, fromRoot: latest.root, toRoot: next.root, proof: request.proof };
      if (request.old > 0 ? refusalOf(() => verifyConsistency(p)) : request.proof.length > 0) return 422;
      latest = next;
      return 200;
    };
  }

  it("is read as Sunlight's witness reads it, in the order of its test", () => {
    const answer = witness();
    expect(addCheckpoint.requests).toHaveLength(11);
    for (const { body, status, name } of addCheckpoint.requests) {
      expect([name, answer(Buffer.from(body))]).toEqual([name, status]);
      const request = refusalOf(() => parseNote(parseAddCheckpoint(Buffer.from(body)).checkpoint));
      if (!request) expect(formatAddCheckpoint(parseAddCheckpoint(Buffer.from(body))).toString()).toBe(body);
    }
  });

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), proof, (old, hashes) => {
        const request = { old, proof: hashes, checkpoint };
        expect(parseAddCheckpoint(formatAddCheckpoint(request))).toEqual(request);
      }),
    );
  });

  it.each([
    ['', 'proof-file-malformed'],
    ['old 1\n', 'proof-file-malformed'],
    [`${line}\n\ncheckpoint\n`, 'proof-file-malformed'],
    ['\n\ncheckpoint\n', 'proof-file-malformed'],
    ['old 0\n\n', 'proof-file-checkpoint-missing'],
    ['old 01\n\ncheckpoint\n', 'proof-file-number-malformed'],
    ['old  1\n\ncheckpoint\n', 'proof-file-number-malformed'],
    ['old 1\r\n\ncheckpoint\n', 'proof-file-number-malformed'],
    ['old 1\nAAAA\n\ncheckpoint\n', 'proof-file-hash-malformed'],
    [`old 1\n${`${line}\n`.repeat(64)}\ncheckpoint\n`, 'proof-file-too-many-hashes'],
    ['a'.repeat(proofFileLimit + 1), 'proof-file-too-large'],
  ])('is refused as %j', (body, code) => {
    expect(refusalOf(() => parseAddCheckpoint(Buffer.from(body)))).toBe(code);
  });

  it('is answered with the size that it should have begun at', () => {
    expect(formatTreeSize(20852014).toString()).toBe('20852014\n');
    expect(parseTreeSize(formatTreeSize(Number.MAX_SAFE_INTEGER))).toBe(Number.MAX_SAFE_INTEGER);
    for (const wrong of ['', '1', '01\n', '1\n\n', ' 1\n', '9007199254740992\n', `${'1'.repeat(99)}\n`]) {
      expect(refusalOf(() => parseTreeSize(Buffer.from(wrong)))).toBe('proof-file-number-malformed');
    }
    expect(refusalOf(() => formatTreeSize(-1))).toBe('size-refused');
  });
});
