import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { readConfig } from '@ardoise/config';
import { collectableMilliseconds } from '../src/erasures/process/erasure-runner';

const root = join(__dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const below = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending) && !name.includes('node_modules'))
    .map((name) => join(folder, name));
const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, found]) => found ?? '');

const folders = ['apps', 'docs', 'libs', 'policies', 'src', 'test', 'tools'];
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...folders.flatMap((folder) => below(folder, '.md')),
];
const manuals = ['docs/erasure.md', 'docs/keys.md', 'docs/backup.md', 'README.md'];

describe('the figures of the manuals', () => {
  const config = readConfig({}, root);
  const day = 86_400_000;
  const defaults: { readonly [variable: string]: number } = {
    ARDOISE_KEY_LEASE_MS: config.keyLeaseMilliseconds,
    ARDOISE_KEY_EPOCH_DAYS: config.keyEpochDays * day,
    ARDOISE_KEY_HORIZON_DAYS: config.keyHorizonDays * day,
    ARDOISE_RESIDUE_DAYS: config.residueDays * day,
  };
  const units: { readonly [word: string]: number } = { secondes: 1_000, seconds: 1_000, jours: day, days: day };

  it.each([
    ['docs/erasure.md', 8],
    ['docs/keys.md', 3],
  ])('are the defaults of the configuration: %s', (file, count) => {
    const rows = [...read(file).matchAll(/^\| [^|]+ \| (\d+) (\w+) \| `(ARDOISE_\w+)` \|$/gm)];
    expect(rows).toHaveLength(count);
    for (const [row, number, unit, variable] of rows) {
      expect([row, Number(number) * (units[unit as string] as number)]).toEqual([row, defaults[variable as string]]);
    }
  });

  it('say in both languages how long a receipt can be collected, and when no backup brings anybody back', () => {
    const text = read('docs/erasure.md').replace(/\s+/g, ' ');
    const receipt = collectableMilliseconds / day;
    for (const row of [`retiré pendant | ${receipt} jours | fixe |`, `collected for | ${receipt} days | fixed |`]) {
      expect(text).toContain(row);
    }
    const horizon = config.keyEpochDays + config.keyHorizonDays;
    for (const words of [`au plus tard ${horizon} jours`, `at the latest ${horizon} days`])
      expect(text).toContain(words);
  });
});

describe('the words of the manuals', () => {
  it('give every reason for a quarantine, and no other', () => {
    const [, codes = ''] = /export type ReasonCode =([^;]+);/.exec(read('src/platform/gate/quarantine.ts')) ?? [];
    const [, section = ''] = read('docs/keys.md').split('## An organisation is in quarantine\n');
    const documented = matches(section.split('\n## ')[0] as string, /^\| `([a-z-]+)` \|/gm);
    expect(documented.sort()).toEqual(matches(codes, /'([a-z-]+)'/g).sort());
  });

  it('name codes, variables and metrics that the code has', () => {
    const code = ['apps', 'libs', 'src']
      .flatMap((folder) => below(folder, '.ts'))
      .filter((name) => !/spec\.ts$/.test(name));
    const all = code.map(read).join('\n');
    for (const file of ['docs/erasure.md', 'docs/keys.md']) {
      const named = [
        ...matches(
          read(file),
          /`((?:anchor|backup|content|event|gap|groups|key|keys|log|organisation|signing|unit|vault)-[a-z-]+)`/g,
        ),
        ...matches(read(file), /`(ardoise_[a-z_]+)`/g),
      ];
      expect(named.length).toBeGreaterThan(3);
      expect(named.filter((name) => !all.includes(`'${name}'`))).toEqual([]);
      const variables = matches(read(file), /`(ARDOISE_[A-Z0-9_]+?)(?:_FILE)?(?:[=/][^`]*)?`/g);
      expect(variables.filter((name) => !all.includes(`'${name}'`) && !all.includes(`.${name}`))).toEqual([]);
    }
  });

  it.each(manuals)('name commands and options that there are: %s', (file) => {
    // README has a table of them, without the program's name.
    const [, table = ''] = read(file).split('\n## Command line\n');
    const listed = matches(table.split('\n## ')[0] as string, /^\| `([a-z][^`]*)` \|/gm);
    const named = [...listed, ...matches(read(file), /(?:^|`)ardoise ([a-z][^`\n]*)/gm)];
    expect(named.length).toBeGreaterThan(0);
    expect(named.flatMap((words) => unknownIn(words.split(/\s+/)))).toEqual([]);
    const commands = below('apps/cli/commands', '.ts').map(read).join('\n');
    const options = matches(read(file), /`(--[a-z-]+)[^`]*`/g);
    expect(
      options.filter(
        (option) => option !== '--help' && !commands.includes(`'${option} `) && !commands.includes(`'${option}'`),
      ),
    ).toEqual([]);
  });
});

/** What of a command line the sources of the commands do not have. */
function unknownIn([name = '', ...words]: string[]): string[] {
  const own = `apps/cli/commands/${name}.ts`;
  if (!existsSync(join(root, own))) return [`ardoise ${name}`];
  const [sub = ''] = words;
  const group = join('apps/cli/commands', name);
  const inGroup = existsSync(join(root, group)) && /^[a-z-]+$/.test(sub) && !sub.startsWith('-');
  const source = inGroup ? join(group, `${sub}.ts`) : own;
  if (!existsSync(join(root, source))) return [`ardoise ${name} ${sub}`];
  const text = read(source);
  return words.filter((word) => /^--[a-z-]+$/.test(word) && !new RegExp(`'${word}[ ']`).test(text));
}

describe('links', () => {
  it.each(documents)('lead somewhere: %s', (file) => {
    const text = read(file).replace(/^```[\s\S]*?^```/gm, '');
    const dead = matches(text, /\]\(([^)\s]+)\)/g).filter((target) => isDead(file, target));
    const paths = matches(
      text,
      /`((?:apps|docs|libs|policies|src|test|tools)\/[\w./-]+\.(?:ts|md|json|yaml|cjs|mjs))`/g,
    );
    expect([...dead, ...paths.filter((path) => !existsSync(join(root, path)))]).toEqual([]);
  });

  function isDead(file: string, target: string): boolean {
    if (/^[a-z]+:/.test(target)) return false;
    const [path = '', heading] = decodeURIComponent(target).split('#');
    const found = path === '' ? file : relative(root, join(root, dirname(file), path));
    if (!existsSync(join(root, found))) return true;
    return heading !== undefined && found.endsWith('.md') && !headingsOf(read(found)).includes(heading);
  }

  /** As GitHub names them. */
  function headingsOf(text: string): string[] {
    const names = matches(text.replace(/^```[\s\S]*?^```/gm, ''), /^#+ (.+)$/gm);
    return names.map((name) =>
      name
        .replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );
  }
});
