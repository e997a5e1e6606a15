import { formatEntries, parseEntries, parseTrustPolicy } from '@ardoise/ledger';
import { readHeader, writeHeader, type Header } from '@ardoise/format';
import { stateSuccession } from '@ardoise/signing';
import {
  fingerprintOf,
  History,
  idFor,
  organisation,
  organisationStream,
  publish,
  vaultStream,
} from '../spec-support/history';
import type { MemoryFiles } from '../spec-support/memory-files';
import { ada, adaStream, ben, benStream, loginDay, loginGroup, loginUnit, sample } from '../spec-support/sample';
import { throwAwayKey } from '../spec-support/signers';
import type { CheckName, CheckReport } from './checks';
import { verify, type Verification, type VerificationOptions } from './verification';

const policed = (history: History): VerificationOptions => {
  const text = history.policy();
  return { policy: { text, trust: parseTrustPolicy(text) } };
};

async function checked(
  history: History,
  options: VerificationOptions = {},
  files = history.files(),
): Promise<Verification> {
  return verify(files, { ...policed(history), ...options });
}

const of = ({ checks }: Verification, name: CheckName): CheckReport =>
  checks.find(({ check }) => check === name) as CheckReport;
const refusing = ({ checks }: Verification): CheckName[] =>
  checks.filter(({ state }) => state === 'refused').map(({ check }) => check);

function expectWrong(result: Verification, check: CheckName, code: string, about: object = {}): void {
  expect(result.verdict).toBe('refused');
  expect(of(result, check).wrong).toMatchObject({ code, ...about });
}

/** Entries as an attacker with the database, and without the signing key, leaves them: the tiles stay. */
function alterEntries(files: MemoryFiles, alter: (entries: Buffer[]) => Buffer[]): MemoryFiles {
  const path = [...files.files.keys()].find((one) => one.startsWith('1/tile/entries/')) as string;
  const width = Number(/\.p\/(\d+)$/.exec(path)?.[1] ?? 256);
  const entries = alter(parseEntries(files.files.get(path) as Buffer, width));
  files.files.set(path, formatEntries(entries));
  return files;
}

const rewrite = (entry: Buffer, change: Partial<Header>): Buffer => writeHeader({ ...readHeader(entry), ...change });

describe('an honest ledger', () => {
  it('is verified, with a policy', async () => {
    const result = await checked(await sample());
    expect(result.checks.filter(({ state }) => state !== 'passed')).toEqual([]);
    expect(result.verdict).toBe('verified');
  });

  it('is verified in part without one, and says that nobody vouches for the keys', async () => {
    const result = await verify((await sample()).files());
    expect(result.verdict).toBe('in-part');
    expect(of(result, 'keys')).toMatchObject({
      state: 'in-part',
      unchecked: [expect.stringContaining('whose the keys are')],
    });
  });

  it('is verified as a server gives it, though it has grown meanwhile', async () => {
    const history = await sample();
    const files = history.files(true);
    history.add({ type: 'person-registered', stream: `person-${idFor('later')}`, units: [idFor('unit of later')] });
    await history.checkpoint();
    const later = history.files().files;
    for (const path of ['1/checkpoint', '1/checkpoints.ndjson']) files.files.set(path, later.get(path) as Buffer);
    expect(await checked(history, { untilSigned: 0 }, files)).toMatchObject({
      verdict: 'verified',
      trees: [{ size: 8 }],
    });
  });

  it('is verified in every incarnation, and the break is told', async () => {
    const history = await sample();
    const lost = history.tree.checkpoints.at(-1)?.note as Buffer;
    history.reopen();
    await history.checkpoint();
    const result = await checked(history, { older: [{ name: 'kept', bytes: lost }] });
    expect(result.checks.filter(({ state }) => state !== 'passed')).toEqual([]);
    expect(of(result, 'incarnations').remarks).toEqual([
      expect.stringContaining('incarnation 2 is on record as a break'),
    ]);
  });

  it('is verified after a renewal of its key, which the old one states', async () => {
    const history = await sample();
    const [old] = history.keys;
    const next = throwAwayKey('next');
    const at = '2026-03-02T10:00:00Z';
    if (!old) throw new Error('no key');
    const statement = await stateSuccession('ledger.example', old, next, at);
    history.published = [publish(old), { ...publish(next), since: at, statement }];
    history.keys = [old];
    const options = policed(history);
    history.keys = [next];
    history.add({ type: 'person-registered', stream: `person-${idFor('later')}`, units: [idFor('unit of later')] });
    await history.checkpoint();
    const result = await verify(history.files(), options);
    expect(refusing(result)).toEqual([]);
    expect(of(result, 'keys').counts).toMatchObject({ statements: 1 });
    history.published = [publish(old), { ...publish(next), since: at }];
    expectWrong(await verify(history.files(), options), 'checkpoints', 'note-unsigned-by-known');
  });
});

describe('an attack on the entries, without the key', () => {
  it('a byte changed in an event is caught by leaves', async () => {
    const history = await sample();
    const files = alterEntries(history.files(), (entries) =>
      entries.map((entry, index) => (index === 3 ? rewrite(entry, { recordedAt: '2026-03-01T09:00:05Z' }) : entry)),
    );
    expectWrong(await checked(history, {}, files), 'leaves', 'leaf-differs', { leaf: 3 });
  });

  it('a byte changed so that it is no header any more is caught by entries', async () => {
    const history = await sample();
    const files = alterEntries(history.files(), (entries) =>
      entries.map((entry, index) => (index === 3 ? Buffer.from(`${entry.toString()} `) : entry)),
    );
    const result = await checked(history, {}, files);
    expectWrong(result, 'entries', 'header-not-canonical', { leaf: 3 });
    expect(refusing(result)).toEqual(expect.arrayContaining(['leaves', 'tree']));
  });

  it('an event deleted at the end is caught by entries', async () => {
    const history = await sample();
    const files = alterEntries(history.files(), (entries) => entries.slice(0, -1));
    expectWrong(await checked(history, {}, files), 'entries', 'entries-malformed');
  });

  it('an event deleted in the middle, with another one at the end, is caught by leaves and streams', async () => {
    const history = await sample();
    const files = alterEntries(history.files(), (entries) => [
      ...entries.filter((_, index) => index !== 0),
      entries[7] as Buffer,
    ]);
    const result = await checked(history, {}, files);
    expectWrong(result, 'leaves', 'leaf-differs', { leaf: 0 });
    expectWrong(result, 'streams', 'version-missing');
  });

  it('two events swapped are caught by leaves', async () => {
    const history = await sample();
    const files = alterEntries(history.files(), (entries) => [
      ...entries.slice(0, 2),
      entries[3] as Buffer,
      entries[2] as Buffer,
      ...entries.slice(4),
    ]);
    expectWrong(await checked(history, {}, files), 'leaves', 'leaf-differs', { leaf: 2 });
  });
});

describe('an attack with the right key', () => {
  it('the log ends earlier: caught by an older checkpoint', async () => {
    const honest = await sample();
    const bytes = (await honest.checkpoint()).subarray();
    const history = new History();
    history.add({ type: 'organisation-registered', stream: organisationStream, facts: { name: 'Mira' } });
    await history.checkpoint();
    expect((await checked(history)).verdict).toBe('verified');
    expectWrong(await checked(history, { older: [{ name: 'kept', bytes }] }), 'older', 'history-shorter');
  });

  it('the whole log signed again with another history: caught by an older checkpoint', async () => {
    const bytes = await (await sample()).checkpoint();
    const history = new History();
    for (let index = 0; index < 12; index++)
      history.add({ type: 'person-registered', stream: `person-${idFor(`${index}`)}`, units: [idFor(`u${index}`)] });
    await history.checkpoint();
    expect((await checked(history)).verdict).toBe('verified');
    expectWrong(await checked(history, { older: [{ name: 'kept', bytes }] }), 'older', 'history-differs', {
      incarnation: 1,
    });
  });

  it('the log put back to yesterday and gone on with, unsaid: caught by an older checkpoint; said, it is on record', async () => {
    const history = await sample();
    const bytes = await history.checkpoint();
    const yesterday = await sample();
    const lost = yesterday.tree;
    yesterday.reopen(6, 8);
    lost.entries.splice(6);
    lost.checkpoints.splice(2);
    await yesterday.checkpoint();
    const result = await checked(yesterday, { older: [{ name: 'kept', bytes }] });
    expect(of(result, 'older')).toMatchObject({
      state: 'passed',
      remarks: [expect.stringContaining('are gone, as its successor says')],
    });
    const text = 'kept';
    yesterday.trees.splice(1);
    expectWrong(await checked(yesterday, { older: [{ name: text, bytes }] }), 'older', 'history-shorter');
  });

  it('an event left out before it was signed: caught by streams', async () => {
    const history = await sample();
    history.add({ type: 'organisation-registered', stream: organisationStream, facts: { name: 'Mira' }, version: 7 });
    await history.checkpoint();
    expectWrong(await checked(history), 'streams', 'version-missing', { leaf: 8, expected: 'version 3' });
  });

  it('a version twice, and a time that goes back: caught by streams', async () => {
    const history = await sample();
    history.add({
      type: 'policy-adopted',
      stream: organisationStream,
      facts: { policy: 1, digest: 'a'.repeat(64) },
      version: 1,
    });
    await history.checkpoint();
    const result = await checked(history);
    expectWrong(result, 'streams', 'version-twice');
    expectWrong(result, 'policies', 'policy-twice');
    const back = await sample();
    back.add({ type: 'organisation-registered', stream: organisationStream, facts: { name: 'Mira' }, after: -10 });
    await back.checkpoint();
    expectWrong(await checked(back), 'streams', 'recorded-earlier');
  });

  it('an event of another organisation: caught by entries', async () => {
    const history = await sample();
    history.add({
      type: 'person-registered',
      stream: `person-${idFor('x')}`,
      units: [idFor('ux')],
      organisation: 'nero',
    });
    await history.checkpoint();
    expectWrong(await checked(history), 'entries', 'organisation-differs', { leaf: 8, expected: organisation });
  });

  it.each([
    ['a type that nobody declared', { type: 'person-vanished', stream: adaStream }, 'type-unknown'],
    [
      'a schema that nobody declared',
      { type: 'person-registered', stream: adaStream, schema: 9, units: [ben] },
      'type-unknown',
    ],
    [
      'a stream of another kind',
      { type: 'person-registered', stream: organisationStream, units: [ben] },
      'stream-kind-differs',
    ],
    ['a section too many', { type: 'person-registered', stream: benStream, units: [ben, ben] }, 'sections-differ'],
    ['no section', { type: 'person-registered', stream: benStream }, 'sections-differ'],
    [
      'a day where there is none',
      { type: 'person-registered', stream: benStream, units: [`${idFor('ud')} 2026-03-01`] },
      'day-differs',
    ],
    [
      'no day where there is one',
      { type: 'login-recorded', stream: `login-${idFor('l2')}`, facts: { day: loginDay }, units: [idFor('ul')] },
      'day-differs',
    ],
    [
      'a fact of another form',
      { type: 'organisation-registered', stream: organisationStream, facts: { name: 7 } },
      'facts-differ',
    ],
    [
      'a fact too many',
      { type: 'organisation-registered', stream: organisationStream, facts: { name: 'Mira', secret: 'x' } },
      'facts-differ',
    ],
    ['a fact too few', { type: 'organisation-registered', stream: organisationStream }, 'facts-differ'],
  ])('%s: caught by types', async (_, event, code) => {
    const history = await sample();
    const id = history.add(event);
    await history.checkpoint();
    expectWrong(await checked(history), 'types', code, { event: id });
  });
});

describe('an attack on what ends', () => {
  it('an event sealed under a unit after its end: caught by units', async () => {
    const history = await sample();
    const id = history.add({ type: 'person-registered', stream: adaStream, units: [ada] });
    await history.checkpoint();
    expectWrong(await checked(history), 'units', 'sealed-after-end', { event: id, leaf: 8 });
  });

  it('but not within the lease of a process that was cut off', async () => {
    for (const [after, code] of [
      [660, undefined],
      [661, 'sealed-after-end'],
    ] as const) {
      const history = new History();
      history.add({ type: 'person-registered', stream: adaStream, units: [ada] });
      history.fence([ada]);
      history.add({ type: 'person-registered', stream: adaStream, units: [ada], after });
      history.wait(86_400);
      await history.checkpoint();
      expect(of(await checked(history), 'units').wrong?.code).toBe(code);
    }
  });

  it('nor when it is dated back: the time is that of the log', async () => {
    const history = await sample();
    history.add({ type: 'person-registered', stream: `person-${idFor('dated')}`, units: [ada], after: -86_400 });
    await history.checkpoint();
    expectWrong(await checked(history), 'units', 'sealed-after-end');
  });

  it('two fingerprints of one unit: caught by units', async () => {
    const history = await sample();
    history.append(
      rewrite(history.tree.entries[3] as Buffer, {
        version: 1,
        id: idFor('other'),
        sections: [
          {
            ...(readHeader(history.tree.entries[3] as Buffer).sections[0] as Header['sections'][number]),
            fingerprint: 'f'.repeat(64),
          },
        ],
      }),
    );
    await history.checkpoint();
    expectWrong(await checked(history), 'units', 'fingerprint-differs');
  });

  it('the end of a unit with another fingerprint: caught by units', async () => {
    const history = await sample();
    history.add({
      type: 'keys-fenced',
      stream: vaultStream,
      facts: { cause: 'erasure', units: [[ben, 'f'.repeat(64)]], part: 1, parts: 1 },
    });
    await history.checkpoint();
    expectWrong(await checked(history), 'units', 'fingerprint-differs');
  });

  it('a login sealed under a day that has ended: caught by units', async () => {
    const history = await sample();
    history.add({
      type: 'login-recorded',
      stream: `login-${idFor('late')}`,
      facts: { day: loginDay },
      units: [`${loginUnit} ${loginDay}`],
    });
    await history.checkpoint();
    expectWrong(await checked(history), 'units', 'sealed-after-day');
  });

  it('a login destroyed in the vault when another category of its day has ended: caught by vault', async () => {
    const history = await sample();
    const [unit, day] = [idFor('unit of other logins'), '2026-02-27'];
    const login = { type: 'login-recorded', facts: { day }, units: [`${unit} ${day}`] };
    history.add({ ...login, stream: `login-${idFor('other login')}` });
    history.endDay('learning', day, idFor('group of learning'));
    history.endInVault(unit);
    await history.checkpoint();
    expectWrong(await checked(history), 'vault', 'destroyed-unnamed');
  });

  it('a unit destroyed in the vault without keys-fenced in the log: caught by vault', async () => {
    const history = await sample();
    history.endInVault(ben);
    expectWrong(await checked(history), 'vault', 'destroyed-unnamed', { expected: 'an event "keys-fenced"' });
  });

  it('a unit that nothing was sealed under may be destroyed', async () => {
    const history = await sample();
    history.endInVault(idFor('orphan'));
    expect(of(await checked(history), 'vault')).toMatchObject({ state: 'passed', counts: { 'never used': 1 } });
  });

  it('a unit that the log says has ended, and the vault has: caught by vault', async () => {
    const history = await sample();
    history.fence([ben], { vault: false });
    history.wait(86_400);
    history.adoptPolicy(3, {});
    await history.checkpoint();
    expectWrong(await checked(history), 'vault', 'named-not-destroyed', { leaf: 8 });
  });

  it('another event than the one that ended it, another fingerprint, a lost one: caught by vault', async () => {
    for (const [alter, code] of [
      [(line: string) => line.replace(/"receipt":"[0-9a-f]+"/, `"receipt":"${'e'.repeat(32)}"`), 'receipt-differs'],
      [(line: string) => line.replace(fingerprintOf(ada), 'f'.repeat(64)), 'fingerprint-differs'],
      [(line: string) => line + line, 'named-twice'],
    ] as const) {
      const history = await sample();
      const files = history.files();
      const text = (files.files.get('units.ndjson') as Buffer).toString();
      const altered = text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => (line.includes(ada) ? alter(`${line}\n`) : `${line}\n`));
      files.files.set('units.ndjson', Buffer.from(altered.join('')));
      expectWrong(await checked(history, {}, files), 'vault', code);
    }
    const history = await sample();
    history.endInVault(ben, undefined, 'unit', 'lost');
    expectWrong(await checked(history), 'vault', 'lost-unnamed');
  });

  it('a receipt for something that was never erased: caught by receipts', async () => {
    const history = await sample();
    const day = '2026-02-01';
    const group = idFor('group of another day');
    const groups = [
      { group, fingerprint: fingerprintOf(group), epoch: 1, category: 'technical', day, event: history.ids[5] },
    ];
    const { signature: _, ...before } = history.receipts[0] as { signature: unknown };
    history.receipts.push(await history.sign({ ...before, day, groups }));
    expectWrong(await checked(history), 'receipts', 'group-not-named');
  });

  it('a receipt that was altered, or signed by somebody else: caught by receipts', async () => {
    const history = await sample();
    history.receipts[0] = { ...history.receipts[0], units: 2 };
    expectWrong(await checked(history), 'receipts', 'signature-invalid');
    const other = await sample();
    const stranger = throwAwayKey('stranger');
    const receipt = other.receipts[0] as { signature: object };
    other.receipts[0] = { ...receipt, signature: { ...receipt.signature, key: stranger.id } };
    expectWrong(await checked(other), 'receipts', 'key-unknown');
  });

  it('a policy that is not the one that was adopted: caught by policies; one that is missing is told', async () => {
    const history = await sample();
    const files = history.files();
    files.files.set('policies/1.json', Buffer.from('{}'));
    expectWrong(await checked(history, {}, files), 'policies', 'policy-differs', { leaf: 1 });
    files.files.delete('policies/1.json');
    expect(of(await checked(history, {}, files), 'policies')).toMatchObject({ state: 'in-part' });
  });

  it('and the group of a day that ended: the sample has one', async () => {
    expect((await sample()).endings.map(({ id }) => id)).toContain(loginGroup);
  });
});

describe('an attack on the checkpoints', () => {
  it('is caught by checkpoints, whatever is signed', async () => {
    const history = await sample();
    const alter = async (change: (files: Map<string, Buffer>) => void): Promise<Verification> => {
      const files = history.files();
      change(files.files);
      return checked(history, {}, files);
    };
    const swap = (path: string, from: string | RegExp, to: string) => (files: Map<string, Buffer>) => {
      const text = (files.get(path) as Buffer).toString();
      expect(text.replace(from, to)).not.toBe(text);
      files.set(path, Buffer.from(text.replace(from, to)));
    };
    const newest = '1/checkpoint';
    expectWrong(await alter(swap(newest, '\n8\n', '\n9\n')), 'checkpoints', 'note-signature-wrong');
    expectWrong(await alter(swap(newest, '\n8\n', '\n8\nmore\n')), 'checkpoints', 'note-signature-wrong');
    expectWrong(
      await alter(swap(newest, 'ledger.example/mira/1\n', 'ledger.example/mira/2\n')),
      'checkpoints',
      'note-signature-wrong',
    );
    expectWrong(await alter((files) => files.delete(newest)), 'checkpoints', 'file-missing');
    expectWrong(
      await alter((files) => files.set('1/checkpoints.ndjson', Buffer.from('{}\n'))),
      'checkpoints',
      'bundle-content-malformed',
    );
    expectWrong(await alter(swap('1/checkpoints.ndjson', /\n$/, '')), 'checkpoints', 'bundle-content-malformed');
    expectWrong(
      await alter((files) => {
        const [a, b, c] = (files.get('1/checkpoints.ndjson') as Buffer).toString().split('\n');
        files.set('1/checkpoints.ndjson', Buffer.from(`${b}\n${a}\n${c}\n`));
      }),
      'checkpoints',
      'size-goes-back',
    );
  });

  it('a root that is not that of the leaves: caught by tree', async () => {
    const history = await sample();
    const other = new History();
    other.add({ type: 'person-registered', stream: benStream, units: [ben] });
    for (let i = 1; i < 8; i++) other.adoptPolicy(i, i);
    await other.checkpoint();
    const files = history.files();
    for (const path of ['1/checkpoint', '1/checkpoints.ndjson', 'ledger.json'])
      files.files.set(path, other.files().files.get(path) as Buffer);
    expectWrong(await checked(history, {}, files), 'tree', 'root-differs', { incarnation: 1 });
  });

  it('nothing at all: an empty ledger is not called verified', async () => {
    const history = await sample();
    const options = policed(history);
    const empty = new History();
    empty.trees.length = 0;
    const result = await verify(empty.files(), options);
    expect([result.verdict, of(result, 'tree').state]).toEqual(['in-part', 'not-checked']);
  });

  it('keys that the policy does not name: caught by keys', async () => {
    const history = await sample();
    const options = policed(history);
    history.keys = [throwAwayKey('attacker')];
    history.tree.checkpoints.length = 0;
    await history.checkpoint();
    const result = await verify(history.files(), options);
    expectWrong(result, 'keys', 'keys-not-in-policy');
    expectWrong(result, 'checkpoints', 'note-unsigned-by-known');
  });

  it('no witness: caught by cosignatures; one that is behind is told', async () => {
    const history = await sample();
    for (const one of history.tree.checkpoints)
      Object.assign(one, { note: Buffer.from(one.note.toString().replace(/— witness.*\n/, '')) });
    expectWrong(await checked(history), 'cosignatures', 'quorum-missing');
    const behind = await sample();
    behind.adoptPolicy(3, 3);
    await behind.checkpoint({ witnessed: false });
    expect(of(await checked(behind), 'cosignatures')).toMatchObject({
      state: 'in-part',
      unchecked: [expect.stringContaining('from leaf 8 on')],
    });
  });

  it('a cosignature that does not verify: caught by cosignatures', async () => {
    const history = await sample();
    for (const one of history.tree.checkpoints) {
      const text = one.note.toString().replace(/(— witness.example .{30})(..)/, (_, head: string) => `${head}AA`);
      Object.assign(one, { note: Buffer.from(text) });
    }
    expectWrong(await checked(history), 'cosignatures', 'cosignature-wrong');
  });
});

describe('an incarnation', () => {
  it('that does not begin with what it goes on from: caught by incarnations', async () => {
    const history = await sample();
    history.trees.push({ incarnation: 2, entries: [], checkpoints: [] });
    history.add({ type: 'person-registered', stream: `person-${idFor('x')}`, units: [idFor('ux')] });
    await history.checkpoint();
    expectWrong(await checked(history), 'incarnations', 'reopening-missing', { incarnation: 2, leaf: 0 });
  });

  it('that says another checkpoint was known than somebody has: caught by older', async () => {
    const yesterday = await sample();
    const bytes = await yesterday.checkpoint();
    const size = yesterday.tree.entries.length;
    yesterday.tree.entries.splice(6);
    yesterday.tree.checkpoints.splice(2);
    yesterday.reopen(6, size);
    await yesterday.checkpoint();
    // What history has here was cut before: the root that it calls known is another than the one that was signed.
    expectWrong(await checked(yesterday, { older: [{ name: 'kept', bytes }] }), 'older', 'history-differs');
  });

  it('that says what was known of another tree excuses nothing: caught by older', async () => {
    const history = await sample();
    history.reopen();
    await history.checkpoint();
    history.add({ type: 'person-registered', stream: `person-${idFor('y')}`, units: [idFor('uy')] });
    const bytes = await history.checkpoint();
    history.tree.entries.splice(1);
    history.tree.checkpoints.splice(1);
    history.reopen(1, 1);
    const first = history.tree.entries[0] as Buffer;
    const facts = readHeader(first).facts as Header['facts'] & { readonly known: object };
    const known = { ...facts.known, origin: history.originOf(1), size: 99 };
    history.tree.entries[0] = rewrite(first, { facts: { ...facts, known } });
    await history.checkpoint();
    expectWrong(await checked(history, { older: [{ name: 'kept', bytes }] }), 'older', 'history-shorter');
  });

  it('that found more than was signed before: its word binds the rest, and only the very tree that it found', async () => {
    const history = await sample();
    history.add({ type: 'person-registered', stream: `person-${idFor('z')}`, units: [idFor('uz')] });
    const [ended] = history.trees;
    history.reopen();
    await history.checkpoint();
    // As the server exports it: the tree as far as the log had it, and the checkpoints that there are.
    const unsigned = history.files();
    const [last] = (ended?.checkpoints ?? []).slice(-1);
    const all = ended?.entries ?? [];
    ended?.checkpoints.push({ size: all.length, note: last?.note as Buffer });
    const files = history.files();
    for (const path of ['1/checkpoint', '1/checkpoints.ndjson']) {
      files.files.set(path, unsigned.files.get(path) as Buffer);
    }
    const result = await checked(history, {}, files);
    expect(result.checks.filter(({ state }) => state !== 'passed')).toEqual([]);
  });

  it('that found another tree than there is: caught by incarnations', async () => {
    const history = await sample();
    history.reopen();
    const first = history.trees[1]?.entries as Buffer[];
    const facts = readHeader(first[0] as Buffer).facts as { found: { size: number } };
    first[0] = rewrite(first[0] as Buffer, {
      facts: { ...facts, found: { size: facts.found.size, root: 'e'.repeat(64) } },
    });
    await history.checkpoint();
    expectWrong(await checked(history), 'incarnations', 'found-differs', { incarnation: 1 });
  });
});
