/**
 * Writes what is generated from the code: the migrations of read models, the OpenAPI description, the frozen shapes of
 * event types, the script of a disclosure's page, the table of clauses. With --check nothing is written, and whatever differs is named.
 */
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startEmbedded } from '@ardoise/postgres';
import { withoutStatistics } from '@ardoise/projections';
import { readConfig } from '@ardoise/config';
import { eventShape, type EventDeclaration } from '@ardoise/sealing';
import prettier from 'prettier';
import { capabilities } from '../src/capabilities';
import type { Capability } from '../src/platform/capability';
import { readModels, openPools } from '../src/platform/database';
import { createLog } from '../src/platform/logging';
import { startPlatform } from '../src/platform/platform';
import { readModelMigrations } from '../src/platform/read-models.generated';
import { createServer, openApi } from '../src/server';
import { FrozenEvents } from './frozen-events';
import { pageScriptModule } from './page/build';

const root = resolve(__dirname, '..');
const check = process.argv.includes('--check');
const stale: string[] = [];

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-generate-'));
  const server = await startEmbedded({
    dataFolder: join(folder, 'postgres'),
    log: () => undefined,
    settings: { fsync: 'off' },
  });
  try {
    await pageOf();
    put('docs/events.json', json(capabilities.flatMap(versionsOf).map(eventShape)));
    for (const complaint of new FrozenEvents(root, capabilities).complaints()) {
      process.stderr.write(`${complaint}\n`);
      process.exitCode = 1;
    }
    await readModelsOf(server.url);
    await openApiOf(server.url, folder);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  if (stale.length > 0) {
    process.stderr.write(`not what the code says: ${stale.join(', ')}; run "npm run generate"\n`);
    process.exit(1);
  }
}

/** The present versions of a capability's events, then the earlier ones. */
function versionsOf({ events, upcasters = [] }: Capability): EventDeclaration[] {
  return [...events, ...upcasters.map(({ from }) => from)];
}

/** What TypeORM finds between the entities and the migrations so far becomes the next migration. */
async function readModelsOf(url: string): Promise<void> {
  const entities = capabilities.flatMap(({ projections }) => projections.flatMap(({ tables }) => [...tables]));
  const migrations = capabilities.flatMap(({ migrations: own }) => [...(own ?? [])]);
  await (await openPools({ url, entities, migrations, name: 'generate' })).close();
  const dataSource = await readModels(url, entities, 'generate').initialize();
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  const statements = upQueries.map(({ query }) => query);
  const statistics = withoutStatistics(dataSource);
  await dataSource.destroy();
  const next =
    statements.length === 0 ? [] : [migration(readModelMigrations.length + 1, [...statements, ...statistics])];
  const text = `import type { Migration } from '@ardoise/postgres';

/** Tables of the read models, one migration for each change of the entities; generated, never edited. */
export const readModelMigrations: readonly Migration[] = ${JSON.stringify([...readModelMigrations, ...next], null, 2)};
`;
  put('src/platform/read-models.generated.ts', await formatted(text));
}

/** What a page that verifies itself runs: the libraries as a browser can run them. */
async function pageOf(): Promise<void> {
  put(
    'src/disclosures/page/page-script.generated.ts',
    await formatted(await pageScriptModule('src/disclosures/page/verifier.ts')),
  );
}

function formatted(text: string): Promise<string> {
  return prettier.format(text, { parser: 'typescript', singleQuote: true, printWidth: 120, trailingComma: 'all' });
}

function migration(number: number, statements: readonly string[]): { id: string; statements: string } {
  const text = ['SET LOCAL ROLE ardoise_read', ...statements, 'RESET ROLE'].join(';\n');
  return { id: `read-models-${String(number).padStart(3, '0')}`, statements: text };
}

async function openApiOf(url: string, folder: string): Promise<void> {
  const config = readConfig({
    DATABASE_URL: url,
    ARDOISE_KEYS: join(folder, 'keys'),
    LOG_LEVEL: 'silent',
    ARDOISE_WORK: 'off',
  });
  const platform = await startPlatform({
    config,
    capabilities,
    log: createLog('silent', 'generate'),
    name: 'generate',
  });
  const app = await createServer(platform);
  put('openapi.json', json(openApi(app)));
  await app.close();
  await platform.close();
}

const json = (value: unknown): string => JSON.stringify(value, null, 2) + '\n';

function put(path: string, text: string): void {
  const file = join(root, path);
  let before = '';
  try {
    before = readFileSync(file, 'utf8');
  } catch {
    // it is new
  }
  if (before === text) return;
  if (check) stale.push(path);
  else writeFileSync(file, text);
}

void main();
