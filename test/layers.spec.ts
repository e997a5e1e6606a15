import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = resolve(__dirname, '..');

/** A project where each file breaks the rule that it is listed under, and nothing else does. */
const forbidden: { readonly [rule: string]: { readonly [file: string]: string } } = {
  'no-cycles': {
    'src/cycle/commands/a.ts': "import { b } from './b'; export const a = () => b;",
    'src/cycle/commands/b.ts': "import { a } from './a'; export const b = () => a;",
  },
  'no-cycles-of-libraries': {
    'libs/one/index.ts': "import type { Two } from '@ardoise/two'; export type One = Two;",
    'libs/two/index.ts': "import type { One } from '@ardoise/one'; export type Two = One;",
  },
  'libs-know-no-business': { 'libs/three/index.ts': "export { made } from '../../src/courses/domain/events';" },
  'src-knows-no-apps': { 'src/server.ts': "import '../apps/cli/main';" },
  'libraries-by-their-index': { 'src/platform/inside.ts': "import '../../libs/time/clock';" },
  'test-support-only-in-tests': { 'src/platform/support.ts': "import '@ardoise/testing';" },
  'platform-knows-no-capability': { 'src/platform/upwards.ts': "import '../courses/domain/events';" },
  'capabilities-are-not-composed-from-inside': { 'src/sessions/commands/up.ts': "import '../../other';" },
  'capabilities-meet-at-their-surface': {
    'src/sessions/commands/across.ts': "import '../../courses/read-models/course.row';",
  },
  'imports-send-commands': { 'src/imports/rows/rows.ts': "import '../../courses/domain/course';" },
  'domain-is-pure': { 'src/sessions/domain/session.ts': "import 'node:fs';" },
  'domain-knows-other-events-only': { 'src/sessions/domain/rules.ts': "import '../../courses/domain/course';" },
  'projections-are-pure': { 'src/courses/read-models/a.projection.ts': "import 'typeorm';" },
  'projections-ask-no-system': { 'src/courses/read-models/b.projection.ts': "import 'node:fs';" },
  'the-auditor-is-one-file': { 'apps/auditor/framework.ts': "import '@nestjs/common';" },
  'the-auditor-has-little-of-the-server': { 'apps/auditor/server.ts': "import '../../src/sessions/queries/calendar';" },
  'declared-packages-only': { 'src/platform/tool.ts': "import 'prettier';" },
  'everything-is-found': { 'test/lost.ts': "import './nowhere';" },
};

/** What the forbidden imports reach, and imports that are as they should be. */
const allowed: { readonly [file: string]: string } = {
  'apps/cli/main.ts': "import '../../src/sessions/queries/calendar';",
  'libs/time/index.ts': "export * from './clock';",
  'libs/time/clock.ts': 'export const clock = 1;',
  'libs/testing/index.ts': 'export const support = 1;',
  'src/other.ts': 'export const other = 1;',
  'src/courses/domain/events.ts': 'export const made = 1;',
  'src/courses/domain/course.ts': "import './events'; import '@ardoise/time';",
  'src/courses/domain/course.spec.ts': "import './course'; import 'node:fs'; import '@ardoise/testing';",
  'src/courses/read-models/course.row.ts': "import 'typeorm';",
  'src/courses/queries/catalogue.ts': "import '../domain/course'; import 'pg';",
  'src/courses/commands/create/create.command.ts': 'export const create = 1;',
  'src/imports/rows/reader.ts': "import '../../courses/commands/create/create.command';",
  'src/sessions/domain/events.ts': "import '../../courses/domain/events';",
  'src/sessions/queries/calendar.ts': "import '../../courses/queries/catalogue';",
};

interface Violation {
  readonly rule: { readonly name: string };
  readonly from: string;
}

describe('the layer rules', () => {
  let folder: string;
  let violations: readonly Violation[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ardoise-layers-'));
    for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) {
      cpSync(join(root, name), join(folder, name));
    }
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    for (const [file, text] of Object.values({ ...forbidden, allowed }).flatMap((files) => Object.entries(files))) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    violations = await cruise(folder);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(Object.keys(forbidden))('%s bites', (rule) => {
    const found = violations.filter((violation) => violation.rule.name === rule).map(({ from }) => from);
    expect(found).toEqual(expect.arrayContaining([Object.keys(forbidden[rule] ?? {})[0]]));
  });

  it('leave alone what is as it should be', () => {
    expect(violations.filter(({ from }) => from in allowed)).toEqual([]);
  });

  it('are all tried here', () => {
    const { forbidden: rules } = jest.requireActual<{ forbidden: { name: string }[] }>('../.dependency-cruiser.cjs');
    expect(rules.map(({ name }) => name).sort()).toEqual(Object.keys(forbidden).sort());
  });
});

function cruise(cwd: string): Promise<readonly Violation[]> {
  const command = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const options = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src', 'apps', 'libs', 'test'];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [command, ...options], { cwd, maxBuffer: 50_000_000 }, (_, output, error) => {
      try {
        resolve((JSON.parse(output) as { summary: { violations: Violation[] } }).summary.violations);
      } catch {
        reject(new Error(error || output));
      }
    });
  });
}
