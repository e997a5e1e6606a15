import {
  formatCheckpointLine,
  formatEndingLine,
  formatKeys,
  formatLedgerIndex,
  linesOf,
  parseCheckpointLine,
  parseEndingLine,
  parseKeys,
  parseLedgerIndex,
} from './index';

// Length 44, so that the last digit before "=" has two bits that mean nothing.
const pem = `-----BEGIN PUBLIC KEY-----\n${Buffer.alloc(44, 7).toString('base64')}\n-----END PUBLIC KEY-----\n`;
const root = Buffer.alloc(32, 9);
const index = {
  organisation: 'mira',
  madeAt: '2026-03-01T12:00:00.000Z',
  trees: [{ incarnation: 1, origin: 'ledger.example/mira/1', size: 300, root }],
  since: { incarnation: 1, size: 256 },
  reference: 'AUDIT-7',
};
const keys = {
  ledger: [{ id: 'a'.repeat(16), publicKey: Buffer.alloc(32, 1), since: '2026-01-01T00:00:00Z' }],
  receipts: [{ id: 'b'.repeat(16), publicKey: pem }],
};
const checkpoint = { size: 3, note: Buffer.from('a\n3\nx\n\n— a AAAA\n'), timestamp: Buffer.from([1, 2]) };
const ending = {
  kind: 'unit' as const,
  id: '0'.repeat(32),
  fingerprint: 'f'.repeat(64),
  state: 'destroyed' as const,
  receipt: '1'.repeat(32),
};

describe('the contents of a bundle', () => {
  it('are read as they were written', () => {
    expect(parseLedgerIndex(formatLedgerIndex(index))).toEqual(index);
    expect(parseKeys(formatKeys(keys))).toEqual(keys);
    expect(parseCheckpointLine(formatCheckpointLine(checkpoint))).toEqual(checkpoint);
    expect(parseEndingLine(formatEndingLine(ending))).toEqual(ending);
    const { receipt: _, ...lost } = { ...ending, kind: 'group' as const, state: 'lost' as const };
    expect(parseEndingLine(formatEndingLine(lost))).toEqual(lost);
  });

  it.each([
    ['another format', (text: string) => text.replace('"format":1', '"format":2')],
    ['a member twice', (text: string) => text.replace('"format":1', '"format":1,"format":1')],
    ['a member nobody knows', (text: string) => text.replace('"format":1', '"format":1,"x":1')],
    ['one that is missing', (text: string) => text.replace('"organisation":"mira",', '')],
    [
      'another order',
      (text: string) => text.replace('"format":1,"organisation":"mira"', '"organisation":"mira","format":1'),
    ],
    ['spaces', (text: string) => text.replace(':', ': ')],
    ['another notation', (text: string) => text.replace('mira', '\\u006dira')],
    ['a number as text', (text: string) => text.replace('"size":300', '"size":"300"')],
    ['a number below 0', (text: string) => text.replace('"size":300', '"size":-1')],
    ['a number that is not exact', (text: string) => text.replace('"size":300', '"size":9007199254740993')],
    ['a short root', (text: string) => text.replace(/"root":"....../, '"root":"')],
    ['base64 of another form', (text: string) => text.replace(/"root":"([^"]*)="/, '"root":"$1"')],
    ['no newline', (text: string) => text.trim()],
    ['something behind it', (text: string) => `${text}{}\n`],
    ['no object', () => '[]\n'],
    ['nothing', () => ''],
  ])('are refused with %s', (_, alter) => {
    const text = formatLedgerIndex(index).toString();
    expect(alter(text)).not.toBe(text);
    expect(() => parseLedgerIndex(Buffer.from(alter(text)))).toThrow(
      expect.objectContaining({ code: 'bundle-content-malformed' }),
    );
  });

  it('are refused with a public key that has a second form', () => {
    const text = formatKeys(keys).toString();
    for (const alter of [
      text.replace('c=\\n', 'd=\\n'),
      text.replace('c=\\n', 'c\\n'),
      text.replace('-----END', '\\n-----END'),
      text.replace(/BwcHBwcH/, 'BwcH\\nBwcH'),
    ]) {
      expect(alter).not.toBe(text);
      expect(() => parseKeys(Buffer.from(alter))).toThrow(
        expect.objectContaining({ code: 'bundle-content-malformed' }),
      );
    }
  });

  it('are refused with an ending of nothing, of two things, or of another state', () => {
    const text = formatEndingLine(ending).toString();
    const altered = [
      text.replace('"unit":', '"person":'),
      text.replace('{', `{"group":"${ending.id}",`),
      text.replace('destroyed', 'alive'),
      text.replace('000', '00'),
      text.replace('fff', 'ff'),
    ];
    for (const one of altered) {
      expect(() => parseEndingLine(Buffer.from(one))).toThrow(
        expect.objectContaining({ code: 'bundle-content-malformed' }),
      );
    }
  });

  it('are cut into lines however they come, and a line without end is not kept', async () => {
    const text = 'one\n\ntwo two\nthree\n';
    for (let size = 1; size <= text.length; size += 1) {
      expect(await collected(linesOf(pieces(text, size), 8, 'a file'))).toEqual([
        'one\n',
        '\n',
        'two two\n',
        'three\n',
      ]);
    }
    for (let size = 1; size <= text.length; size += 1) {
      await expect(collected(linesOf(pieces(text, size), 7, 'a file'))).rejects.toMatchObject({
        code: 'bundle-content-malformed',
      });
    }
    await expect(collected(linesOf(pieces('one\ntwo', 3), 8, 'a file'))).rejects.toThrow('ends within a line');
  });
});

async function* pieces(text: string, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size));
}

async function collected(lines: AsyncIterable<Buffer>): Promise<string[]> {
  const all: string[] = [];
  for await (const one of lines) all.push(one.toString());
  return all;
}
