import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Letter, MailFolder } from '.';

const letter: Letter = {
  id: 'mail_0123456789abcdef',
  to: 'camille@example.org',
  subject: 'Votre place\r\nBcc: somebody@example.org',
  text: 'Bonjour Camille,\n\nà bientôt.\n',
  sentAt: new Date('2026-03-02T09:00:00.000Z'),
};

const ids = /^mail_/;

describe('MailFolder', () => {
  let root: string;
  let mail: MailFolder;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ardoise-mail-'));
    mail = new MailFolder({ folder: join(root, 'letters'), from: 'cours@records.school' });
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('writes a message as it would go out, for its owner only, once whatever number of tries', async () => {
    for (let tries = 0; tries < 2; tries++) expect(await mail.send(letter, 'mira')).toEqual({ kind: 'taken' });
    const shelf = join(root, 'letters', 'mira');
    expect(await readdir(shelf)).toEqual(['mail_0123456789abcdef.eml']);
    const path = join(shelf, 'mail_0123456789abcdef.eml');
    const modes = await Promise.all([join(root, 'letters'), shelf, path].map(async (one) => (await stat(one)).mode));
    expect(modes.map((mode) => mode & 0o777)).toEqual([0o700, 0o700, 0o600]);
    const raw = await readFile(path, 'utf8');
    expect(raw).toMatch(/^To: camille@example\.org\r$/m);
    expect(raw).toMatch(/^Subject: Votre place Bcc: somebody@example\.org\r$/m);
    expect(raw).toMatch(/^Message-ID: <mail_0123456789abcdef@records\.school>\r$/m);
    expect(raw).toMatch(/^Date: Mon, 02 Mar 2026 09:00:00 \+0000\r$/m);
    expect(await mail.list('mira', ids)).toEqual([{ file: `${letter.id}.eml`, id: letter.id, sentAt: letter.sentAt }]);
  });

  it('finds what a crash left of a letter, and leaves the files of others alone', async () => {
    await mail.send(letter, 'mira');
    const shelf = join(root, 'letters', 'mira');
    await writeFile(join(shelf, '.mail_0123456789abcdef.eml.00ff00ff00ff00ff'), 'half');
    await writeFile(join(shelf, 'notes.txt'), 'mine');
    await writeFile(join(shelf, 'contract.eml'), 'mine as well');
    const kept = await mail.list('mira', ids);
    expect(kept.map(({ id }) => id)).toEqual([letter.id, letter.id]);
    await mail.remove(
      'mira',
      kept.map(({ file }) => file),
    );
    expect([await readdir(shelf), await mail.list('parene', ids), await mail.shelves()]).toEqual([
      ['contract.eml', 'notes.txt'],
      [],
      ['mira'],
    ]);
  });

  it('writes to one address, and into no folder that others may touch', async () => {
    expect(await mail.send({ ...letter, to: 'a@b.fr, c@d.fr' }, 'mira')).toEqual({
      kind: 'refused',
      code: 'address-wrong',
    });
    await mail.prepare();
    await chmod(join(root, 'letters'), 0o755);
    expect(await mail.send(letter, 'mira')).toEqual({ kind: 'failed', code: 'mail-folder-refused' });
    await expect(mail.prepare()).rejects.toThrow(/mode 755.*nobody but its owner/);
    expect(await readdir(join(root, 'letters'))).toEqual([]);
  });
});
