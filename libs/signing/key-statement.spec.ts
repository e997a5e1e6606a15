import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatNote, parseNote, signNote } from '@ardoise/ledger';
import { FileSigningKey } from './file-signing-key';
import { noteSigner, openStatement, stateSuccession, verifyStatements } from './key-statement';
import { rawPublicKey } from './raw-keys';

const base = 'ledger.example/mira';
const at = '2026-03-01T10:00:00Z';
let folder: string;
let keys: FileSigningKey[];
const state = (from: number, to: number, when = at, name = base): Promise<string> =>
  stateSuccession(name, keys[from]!, keys[to]!, when);
const raw = (at: number): Buffer => rawPublicKey(keys[at]!.publicKey);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ardoise-statement-'));
  keys = await Promise.all(['a', 'b', 'c', 'd'].map((name) => FileSigningKey.open(folder, name)));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a statement about keys of a ledger', () => {
  it('is a signed note of both keys', async () => {
    const statement = await state(0, 1);
    const note = parseNote(Buffer.from(statement));
    expect(note.text.split('\n')).toEqual([
      'ardoise/ledger-key-statement/1',
      base,
      expect.stringMatching(/^from ledger\.example\/mira\+[0-9a-f]{8}\+A/),
      expect.stringMatching(/^to ledger\.example\/mira\+[0-9a-f]{8}\+A/),
      `at ${at}`,
      '',
    ]);
    expect(note.signatures.map(({ name }) => name)).toEqual([base, base]);
    const opened = openStatement(base, statement);
    expect([opened.from.publicKey, opened.to.publicKey, opened.at]).toEqual([raw(0), raw(1), at]);
  });

  it('is believed with both signatures only, each over these very words', async () => {
    const statement = await state(0, 1);
    const note = parseNote(Buffer.from(statement));
    for (const signature of note.signatures) {
      const half = formatNote({ ...note, signatures: [signature] }).toString();
      expect(() => openStatement(base, half)).toThrow(expect.objectContaining({ code: 'key-statement-not-signed' }));
    }
    const later = statement.replace(at, '2027-03-01T10:00:00Z');
    expect(() => openStatement(base, later)).toThrow(expect.objectContaining({ code: 'key-statement-not-signed' }));
  });

  it('is of one ledger', async () => {
    const other = await state(0, 1, at, 'ledger.example/parene');
    expect(() => openStatement(base, other)).toThrow(
      expect.objectContaining({ code: 'key-statement-of-another-ledger' }),
    );
  });

  it.each([
    ['no note', 'words'],
    ['another kind', 'ardoise/ledger-key-statement/2\n'],
    ['a day that is none', '2026-02-30T10:00:00Z'],
    ['an instant in another form', '2026-03-01T10:00:00.000Z'],
  ])('is refused as malformed: %s', async (_, wrong) => {
    const good = parseNote(Buffer.from(await state(0, 1)));
    const text = wrong.endsWith('\n') ? good.text.replace(/^.*\n/, wrong) : good.text.replace(at, wrong);
    const signers = [noteSigner(base, keys[0]!), noteSigner(base, keys[1]!)];
    const statement = wrong === 'words' ? wrong : formatNote(await signNote(text, signers)).toString();
    expect(() => openStatement(base, statement)).toThrow(expect.objectContaining({ code: 'key-statement-malformed' }));
  });

  it('is refused when it names one key twice', async () => {
    const statement = await state(0, 0).catch(() => undefined);
    if (statement === undefined) return;
    expect(() => openStatement(base, statement)).toThrow(expect.objectContaining({ code: 'key-statement-malformed' }));
  });
});

describe('statements that lead from key to key', () => {
  it('give the known key alone where there is none', () => {
    expect(verifyStatements(base, raw(0), [])).toEqual([{ publicKey: raw(0) }]);
  });

  it('are broken by another order, a fork, a key that comes back, or an earlier instant', async () => {
    const broken = expect.objectContaining({ code: 'key-statements-broken' });
    const [ab, bc, cd, ba] = [await state(0, 1), await state(1, 2), await state(2, 3), await state(1, 0)];
    expect(verifyStatements(base, raw(1), [ab, bc, cd])).toHaveLength(4);
    expect(() => verifyStatements(base, raw(0), [bc, ab])).toThrow(broken);
    expect(() => verifyStatements(base, raw(0), [ab, ba])).toThrow(broken);
    expect(() => verifyStatements(base, raw(0), [ab, ab])).toThrow(broken);
    const fork = await state(0, 2);
    expect(() => verifyStatements(base, raw(0), [ab, fork])).toThrow(broken);
    const before = await state(1, 2, '2026-02-28T10:00:00Z');
    expect(() => verifyStatements(base, raw(0), [ab, before])).toThrow(broken);
  });

  it('lead no further than to where a key was lost', async () => {
    const statements = [await state(0, 1), await state(2, 3)];
    expect(verifyStatements(base, raw(0), statements).map(({ publicKey }) => publicKey)).toEqual([raw(0), raw(1)]);
    expect(verifyStatements(base, raw(3), statements).map(({ publicKey }) => publicKey)).toEqual([raw(2), raw(3)]);
  });

  it('say nothing about a key that is in none of them', async () => {
    const statements = [await state(0, 1)];
    expect(() => verifyStatements(base, raw(2), statements)).toThrow(
      expect.objectContaining({ code: 'key-statements-unknown-key' }),
    );
  });
});
