import { readConfig } from '@ardoise/config';
import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { capabilities } from '../../src/capabilities';
import { createLog } from '../../src/platform/logging';
import { startPlatform } from '../../src/platform/platform';
import { createServer, startWork, stopServer } from '../../src/server';
import { Client } from './client';
import { liveOneYear, type Year } from './year';

const say = (text = ''): void => void process.stdout.write(text + '\n');

/** What the demonstration claims is checked before it is printed. */
function must(truth: boolean, claim: string): void {
  if (!truth) throw new Error(`it is not true that ${claim}`);
  say(`  ✓ ${claim}`);
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-demo-'));
  chmodSync(folder, 0o711);
  say('Ardoise: a demonstration. Everybody in it is made up. It uses a folder of its own, and deletes it at the end.');
  const config = readConfig({
    ...process.env,
    ARDOISE_DATA: join(folder, 'data'),
    ARDOISE_KEYS: join(folder, 'keys'),
    ARDOISE_KEY_LEASE_MS: '1000',
    ARDOISE_WORK: 'on',
    LOG_LEVEL: 'error',
    PORT: '0',
    DATABASE_URL: '',
    DATABASE_URL_FILE: '',
  });
  const platform = await startPlatform({ config, capabilities, log: createLog('error', 'demo'), name: 'ardoise demo' });
  const app = await createServer(platform);
  try {
    await startWork(app, platform);
    await app.listen(0, '127.0.0.1');
    const url = (await app.getUrl()).replace('localhost', '127.0.0.1');
    say(`A server with a PostgreSQL of its own answers at ${url}.`);
    for (const [organisation, policy] of [...platform.policies].sort()) {
      const client = new Client(url, organisation);
      say(`\n${policy.name}: a year of learning, recorded through the public API`);
      const year = await liveOneYear(client, policy, new Date());
      await showDashboards(client, year);
      if (organisation === 'mira') await forgetOne(client, year);
    }
    say('\nThat was it. Nothing of it stays.');
  } finally {
    await stopServer(app, platform);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function showDashboards(client: Client, { course, session, learners }: Year): Promise<void> {
  for (const { enrolment } of learners.slice(0, 3)) {
    await client.until(`/enrolments/${enrolment}`, ({ body }) => body.state === 'completed');
  }
  const { body: places } = await client.get(`/sessions/${session}`);
  const overview = await client.until(`/courses/${course}/overview`, ({ body }) => body.enrolments.completed === 3);
  const { enrolled, completed, droppedOut } = overview.body.enrolments;
  say(
    `  ${enrolled} enrolled, ${completed} completed, ${droppedOut} dropped out; places: ${JSON.stringify(places.places)}`,
  );
  must(enrolled === learners.length, `all ${learners.length} learners are counted`);
  must(completed === 3, 'three finished all modules and passed the exam, and were completed by themselves');
}

async function forgetOne(client: Client, { learners }: Year): Promise<void> {
  const [leaving, ...staying] = learners as [Year['learners'][number], ...Year['learners']];
  say(`\n  ${leaving.name} asks to be forgotten.`);
  const before = await client.get(`/enrolments/${leaving.enrolment}/replay`);
  const count = before.body.events.length as number;
  say(`  Replayed from the log: ${count} events, for instance`);
  for (const event of before.body.events.slice(0, 3))
    say(`    ${event.recordedAt} ${event.type} ${JSON.stringify(event.sections.learner.fields)}`);
  const paths = staying.flatMap(({ person, invoice }) => [
    `/persons/${person}`,
    `/persons/${person}/learning-record`,
    `/invoices/${invoice}`,
  ]);
  const others = await Promise.all(paths.map((path) => client.get(path)));

  const { id: erasure } = await client.post(`/persons/${leaving.person}/erasures`);
  const done = await client.until(`/erasures/${erasure}`, ({ body }) => body.state === 'completed');
  for (const { category, outcome, until, ground } of done.body.decisions) {
    say(`    ${category}: ${outcome === 'erase' ? 'erased' : `kept until ${until} (${ground})`}`);
  }
  const { body: receipt } = await client.get(`/erasures/${erasure}/receipt`);
  say(`  Receipt: ${receipt.units.length} keys destroyed at ${receipt.destroyedAt}.`);

  must(
    (await client.get(`/persons/${leaving.person}`)).status === 410,
    'the person is gone, and the answer says so: 410',
  );
  const after = await client.get(`/enrolments/${leaving.enrolment}/replay`);
  must(
    after.body.events.length === count &&
      after.body.events.every(
        (event: { sections: { learner: { state: string } } }) => event.sections.learner.state === 'erased',
      ),
    `all ${count} events are still there, every one unreadable, each naming the event that ended it`,
  );
  const refused = await client.get(`/invoices/${leaving.invoice}`);
  const kept = await client.get(`/invoices/${leaving.invoice}?ground=accounting`);
  must(
    refused.status === 410 && kept.body.buyer.name === leaving.name,
    'the invoice is readable on the accounting ground only',
  );
  const othersNow = await Promise.all(paths.map((path) => client.get(path)));
  must(isDeepStrictEqual(othersNow, others), 'what is shown of everybody else is the same as before, to the letter');
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`The demonstration failed: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
