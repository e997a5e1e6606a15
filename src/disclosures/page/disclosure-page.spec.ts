import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { formatVerifierKey } from '@ardoise/ledger';
import { newSigner, origin, sampleDisclosure, sampleEvent } from '../../../libs/testing/sample-disclosure';
import { disclosurePage, disclosurePagePolicy } from './disclosure-page';
import { MinimalDocument } from './spec-support/minimal-document';

const signer = newSigner(origin);
const code = '<svg xmlns="http://www.w3.org/2000/svg"></svg>';
const value = 'Premiers secours <b>"PSC1"</b> & plus';
const event = sampleEvent([
  { courseTitle: value, outcome: 'completed', passed: true, hours: 14, score: { of: [1, 2] } },
]);
const scriptOf = (page: string): string => page.slice(page.lastIndexOf('<script>') + 8, page.lastIndexOf('</script>'));

/** Runs the page's own script against what the page says, where there is neither Node nor a network. */
function run(page: string): MinimalDocument {
  const document = MinimalDocument.of(page);
  const context = createContext({ document, TextDecoder, TextEncoder });
  try {
    runInContext(scriptOf(page), context);
  } catch {
    document.failed = true;
  }
  return document;
}

let page: string;
beforeAll(async () => {
  const disclosure = await sampleDisclosure(['courseTitle', 'passed', 'score'], { signer, event });
  page = disclosurePage({ disclosure, look: 'https://records.example.org/<leaf>', code });
});

describe('the page of a disclosure', () => {
  it('says nothing of what is disclosed but in the file that it carries', () => {
    const [before, carried, after] = page.split(
      /<script type="application\/json" id="disclosure">|<\/script>\n<script>/,
    );
    expect(before).not.toContain('Premiers');
    expect(after).not.toContain('Premiers');
    expect(carried).toContain('Premiers secours \\u003cb>');
    expect(before).toContain('<strong>NON VÉRIFIÉ</strong>');
    expect(before).toContain('<strong>NOT VERIFIED</strong>');
    expect(before).toContain('https://records.example.org/&lt;leaf&gt;');
  });

  it('allows its one script and style, and no network', () => {
    expect(disclosurePagePolicy).toMatch(
      /^default-src 'none'; script-src 'sha256-[A-Za-z0-9+/]{43}='; style-src 'sha256-[A-Za-z0-9+/]{43}='; /,
    );
    expect(page.replace(scriptOf(page), '')).not.toMatch(/\ssrc=|\shref=|\son\w+=|\sstyle=/);
    expect(scriptOf(page)).not.toMatch(
      /\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|importScripts|innerHTML|\beval\(/,
    );
  });

  it('shows in both languages what it has verified by itself', () => {
    const document = run(page);
    expect(document.text('verdict-fr')).toMatch(/^VÉRIFIÉ EN PARTIE/);
    expect(document.text('verdict-en')).toMatch(/^VERIFIED IN PART/);
    expect(document.text('shown-fr')).toContain(`Intitulé de la formation|${value}|Réussi|oui|Note|{"of":[1,2]}`);
    expect(document.text('shown-en')).toContain(`Title of the training|${value}|Passed|yes|Score|{"of":[1,2]}`);
    expect(document.text('shown-en')).toContain('2 fields and 0 parts that are not disclosed');
    expect(document.text('shown-fr')).toContain(formatVerifierKey(signer.key));
  });

  it('is verified by the key that the reader has from elsewhere, and by no other', () => {
    const document = run(page);
    document.type('key', formatVerifierKey(signer.key));
    expect(document.text('verdict-fr')).toMatch(/^VÉRIFIÉ :/);
    document.type('key', formatVerifierKey(newSigner(origin).key));
    expect(document.text('verdict-fr')).toMatch(/^NON VÉRIFIÉ : .*\(note-unsigned-by-known\)/);
    expect(document.text('shown-fr')).toBe('');
    document.type('key', 'no key');
    expect([document.text('verdict-en'), document.text('shown-en')]).toEqual(['NOT VERIFIED', '']);
    expect(document.text('key-refused')).toContain('That is no key of a ledger.');
    document.type('key', '');
    expect(document.text('verdict-en')).toMatch(/^VERIFIED IN PART/);
  });

  it.each<[string, (page: string) => string]>([
    ['another value', (text) => text.replace('Premiers secours', 'Soins infirmiers')],
    ['another name', (text) => text.replace('"courseTitle"', '"jobTitle"')],
    ['another leaf', (text) => text.replace('"index":300', '"index":301')],
    ['another organisation', (text) => text.replace('\\"mira\\"', '\\"mara\\"')],
    ['a file that is none', (text) => text.replace('{"checkpoint"', '{"checkpoints"')],
    ['no file', (text) => text.replace('id="disclosure"', 'id="other"')],
  ])('refuses itself with %s, and shows nothing', (_, alter) => {
    const altered = alter(page);
    expect(altered).not.toBe(page);
    const document = run(altered);
    for (const lang of ['fr', 'en'] as const) {
      expect(document.text(`verdict-${lang}`)).toMatch(/^NON VÉRIFIÉ|^NOT VERIFIED/);
      expect(document.text(`shown-${lang}`)).toBe('');
    }
  });
});

const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);

/** A real browser where there is one; elsewhere the same is shown above without. */
(browser === undefined ? describe.skip : describe)(
  'the page in a browser (skipped where no Chromium is installed)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'ardoise-page-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const opened = async (text: string): Promise<string> => {
      const file = join(folder, 'page.html');
      writeFileSync(file, text);
      const flags = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${folder}/profile`, '--dump-dom'];
      const { stdout } = await promisify(execFile)(browser as string, [...flags, pathToFileURL(file).href], {
        timeout: 60_000,
      });
      return stdout.slice(0, stdout.indexOf('<script type="application/json"'));
    };

    it('verifies itself from a file, without a network', async () => {
      const shown = await opened(page);
      expect(shown).toContain('VÉRIFIÉ EN PARTIE');
      expect(shown).toContain('<dd>Premiers secours &lt;b&gt;"PSC1"&lt;/b&gt; &amp; plus</dd>');
    });

    it('refuses itself when a value was altered', async () => {
      const shown = await opened(page.replace('Premiers secours', 'Soins infirmiers'));
      expect(shown).toContain('NON VÉRIFIÉ : cette page');
      expect(shown).not.toContain('Soins infirmiers');
      expect(shown).not.toContain('<dd>');
    });

    it('runs no script but its own: with an altered one nothing is shown', async () => {
      const at = page.lastIndexOf('<script>') + '<script>'.length;
      const shown = await opened(`${page.slice(0, at)};${page.slice(at)}`);
      expect(shown).toContain('<strong>NON VÉRIFIÉ</strong>');
      expect(shown).not.toContain('<dd>');
    });
  },
);
