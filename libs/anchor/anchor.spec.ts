import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Anchor, AnchorFolder, type Ended } from '.';

const digest = 'd'.repeat(64);
const unit = (digit: string, position: bigint): Ended => ({
  unit: digit.repeat(32),
  fingerprint: digit.repeat(64),
  cause: 'erasure',
  position,
});
const group: Ended = {
  group: 'a'.repeat(32),
  fingerprint: 'b'.repeat(64),
  cause: 'day',
  position: 9n,
  epoch: 2,
  category: 'technical',
  day: '2026-01-31',
};
const anchor: Anchor = {
  organisation: 'mira',
  log: { position: 12n, digest },
  covered: 3,
  mark: 4n,
  writtenAt: new Date('2026-11-22T10:00:00Z'),
};

describe('the anchor of an organisation', () => {
  let base: string;
  let folder: string;
  let torn: string[];
  let anchors: AnchorFolder;

  beforeEach(async () => {
    base = mkdtempSync(join(tmpdir(), 'ardoise-anchor-'));
    folder = join(base, 'anchors');
    torn = [];
    anchors = await AnchorFolder.open(folder, (file) => torn.push(file));
  });

  afterEach(() => rmSync(base, { recursive: true, force: true }));

  async function all(organisation = 'mira'): Promise<Ended[]> {
    const list: Ended[] = [];
    for await (const batch of anchors.ended(organisation)) list.push(...batch);
    return list;
  }

  it('is given back as it was written, in files of its owner alone', async () => {
    expect(await anchors.head('mira')).toBeUndefined();
    await anchors.append('mira', [unit('1', 5n), group]);
    await anchors.append('mira', [unit('2', 11n)]);
    await anchors.write(anchor);
    expect(await anchors.head('mira')).toEqual(anchor);
    expect(await all()).toEqual([unit('1', 5n), group, unit('2', 11n)]);
    expect(await anchors.organisations()).toEqual(['mira']);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).sort()).toEqual(['mira.ended', 'mira.json']);
  });

  it('has the bytes that docs/keys.md says', async () => {
    await anchors.append('mira', [unit('1', 5n), group]);
    await anchors.write(anchor);
    expect(readFileSync(join(folder, 'mira.json'), 'utf8')).toBe(
      `{"covered":3,"format":1,"log":{"digest":"${digest}","position":"12"},"mark":"4","organisation":"mira",` +
        '"writtenAt":"2026-11-22T10:00:00.000Z"}\n',
    );
    expect(readFileSync(join(folder, 'mira.ended'), 'utf8').split('\n')).toEqual([
      '["ardoise-ended",1,"mira"]',
      `["unit","${'1'.repeat(32)}","${'1'.repeat(64)}","erasure","5"]`,
      `["group","${'a'.repeat(32)}","${'b'.repeat(64)}","day","9",2,"technical","2026-01-31"]`,
      '',
    ]);
  });

  it('keeps a checkpoint byte for byte, and puts it aside with the rest', async () => {
    const note = Buffer.from('ardoise.example/mira/1\n2\nroot=\n\n\u2014 ardoise.example/mira/1 sig=\n');
    expect([await anchors.checkpoint('mira'), await anchors.checkpointVersion('mira')]).toEqual([undefined, undefined]);
    await anchors.writeCheckpoint('mira', note);
    expect(await anchors.checkpoint('mira')).toEqual(note);
    expect(await anchors.organisations()).toEqual(['mira']);
    const before = await anchors.checkpointVersion('mira');
    expect(await anchors.checkpointVersion('mira')).toBe(before);
    await anchors.writeCheckpoint('mira', note);
    expect(await anchors.checkpointVersion('mira')).not.toBe(before);
    await anchors.setAside('mira');
    expect(await anchors.checkpoint('mira')).toBeUndefined();
    writeFileSync(join(folder, 'mira.checkpoint'), Buffer.alloc(100_000), { mode: 0o600 });
    await expect(anchors.checkpoint('mira')).rejects.toMatchObject({ code: 'anchor-malformed' });
    chmodSync(join(folder, 'mira.checkpoint'), 0o644);
    await expect(anchors.checkpoint('mira')).rejects.toMatchObject({ code: 'anchor-refused' });
  });

  it('passes over a torn last line, says so, and cuts it off before it adds another', async () => {
    await anchors.append('mira', [unit('1', 5n)]);
    appendFileSync(join(folder, 'mira.ended'), '["unit","22');
    expect(await all()).toEqual([unit('1', 5n)]);
    expect(torn).toEqual([join(folder, 'mira.ended')]);
    await anchors.append('mira', [unit('3', 7n)]);
    expect(await all()).toEqual([unit('1', 5n), unit('3', 7n)]);
  });

  it('drops what was named before a position, and keeps what no event names', async () => {
    await anchors.append('mira', [unit('1', 5n), unit('2', 0n), unit('3', 11n)]);
    expect(await anchors.compact('mira', 10n)).toBe(2);
    expect(await all()).toEqual([unit('2', 0n), unit('3', 11n)]);
  });

  it('reads a long list in parts', async () => {
    const many = Array.from({ length: 25_000 }, (_, i) => ({ ...unit('1', BigInt(i + 1)) }));
    await anchors.append('mira', many);
    const sizes: number[] = [];
    for await (const batch of anchors.ended('mira')) sizes.push(batch.length);
    expect(sizes).toEqual([10_000, 10_000, 5_000]);
  });

  it("refuses another organisation's, another format, and what is no anchor, each by its own code", async () => {
    await anchors.write(anchor);
    await anchors.append('mira', []);
    const text = readFileSync(join(folder, 'mira.json'), 'utf8');
    const put = (name: string, content: string): void => writeFileSync(join(folder, name), content, { mode: 0o600 });
    put('parene.json', text);
    await expect(anchors.head('parene')).rejects.toMatchObject({ code: 'anchor-of-another-organisation' });
    put('parene.json', text.replace('"format":1', '"format":2'));
    await expect(anchors.head('parene')).rejects.toMatchObject({ code: 'anchor-format-unknown' });
    for (const wrong of ['', 'x', '[]', text.replace('"12"', '"012"'), text.replace(digest, 'no')]) {
      put('mira.json', wrong);
      await expect(anchors.head('mira')).rejects.toMatchObject({ name: 'AnchorError' });
    }
    put('parene.ended', readFileSync(join(folder, 'mira.ended'), 'utf8'));
    await expect(all('parene')).rejects.toMatchObject({ code: 'anchor-of-another-organisation' });
    put('mira.ended', '["ardoise-ended",1,"mira"]\n["unit","1","2","erasure","3"]\n');
    await expect(all()).rejects.toMatchObject({ code: 'anchor-malformed' });
  });

  it('is malformed where the head is there and the list is gone', async () => {
    await anchors.write(anchor);
    await expect(all()).rejects.toMatchObject({ code: 'anchor-malformed' });
  });

  it('refuses a folder or file that others may read', async () => {
    await anchors.write(anchor);
    chmodSync(join(folder, 'mira.json'), 0o640);
    await expect(anchors.head('mira')).rejects.toMatchObject({ code: 'anchor-refused' });
    chmodSync(folder, 0o750);
    await expect(AnchorFolder.open(folder)).rejects.toMatchObject({ code: 'anchor-refused' });
  });
});
