import { Command } from 'commander';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LogExport } from '../../../../src/audit/queries/log-export';
import { writeExport } from '../../../../src/keys/ends/organisation/exported-file';
import { OrganisationEnding } from '../../../../src/keys/ends/organisation/organisation-ending';
import type { OrganisationEnd } from '../../../../src/keys/ends/organisation/organisation-ends';
import { OrganisationDirectory } from '../../../../src/organisations/queries/organisation-directory';
import { Reactions } from '../../../../src/platform/reactions';
import { withContext, type Context } from '../../context';
import { say, type OutputOptions } from '../../output';
import { InterruptedError } from '../../report';

interface EndOptions extends OutputOptions {
  readonly organisation: string;
  readonly export: string;
  readonly confirm?: string;
  readonly confirmAgain?: string;
}

const told = [
  'Ceci met fin à l’organisation pour toujours : ses clés sont détruites, et tout ce qui est scellé sous elles est illisible pour tous.',
  'Dès le début elle est fermée et n’enregistre plus rien ; il n’y a pas de retour, même avant la destruction des clés.',
  'L’export contient le journal tel qu’il est stocké, scellé : il prouve, et ne se lit plus une fois les clés détruites.',
  'This ends the organisation for good: its keys are destroyed, and nobody can read what is sealed under them any more.',
  'It is closed at once and records nothing from then on; there is no way back, not even before the keys are destroyed.',
  'The export holds the log as it is stored, sealed: it proves, and cannot be read once the keys are destroyed.',
];

export function endOrganisationCommand(): Command {
  const command = new Command('end')
    .description('end an organisation: export its log, destroy all its keys, forget all that is shown of it')
    .requiredOption('--organisation <slug>', 'which one')
    .requiredOption('--export <folder>', 'an empty folder, or a new one: for its log and the signed receipt')
    .option('--confirm <slug>', "the organisation's slug, once more")
    .option('--confirm-again <words>', '"end" and the slug')
    .option('--json', 'one line of JSON as the last');
  return command.action(async (options: EndOptions) => {
    const { organisation, confirm, confirmAgain } = options;
    for (const line of told) process.stderr.write(`${line}\n`);
    if (confirm !== organisation || confirmAgain !== `end ${organisation}`) {
      const right = `--confirm ${organisation} --confirm-again "end ${organisation}"`;
      command.error(`error: nothing was done; to confirm, add ${right}`, { exitCode: 2 });
    }
    await withContext('organisation end', (context) => end(context, options));
  });
}

async function end(context: Context, options: EndOptions): Promise<void> {
  const { app } = context;
  const { organisation } = options;
  const folder = resolve(options.export);
  const ending = app.get(OrganisationEnding, { strict: false });
  if (!(await ending.find(organisation))) {
    app.get(OrganisationDirectory, { strict: false }).policy(organisation);
    await emptyFolder(folder);
  }
  await ending.begin(organisation);
  const { receipt, export: exported } = await completed(context, organisation, folder);
  const file = join(folder, `${organisation}-receipt.json`);
  await writeFile(file, `${JSON.stringify(receipt, null, 2)}\n`, { mode: 0o600 });
  say(
    options,
    [`${organisation} has ended`, `export: ${join(folder, exported?.file ?? '')}`, `receipt: ${file}`],
    receipt,
  );
}

/** All steps, here: nothing else has to be running. */
async function completed(context: Context, organisation: string, folder: string): Promise<OrganisationEnd> {
  const { app, platform, signal } = context;
  const ending = app.get(OrganisationEnding, { strict: false });
  const log = app.get(LogExport, { strict: false });
  await platform.projections.start();
  await app.get(Reactions).start();
  const exportLog = () => writeExport(join(folder, `${organisation}.ndjson`), log.lines(organisation));
  try {
    while (!signal.aborted) {
      const row = await ending.advance(organisation, exportLog);
      if (row?.state === 'completed') return row;
      await delay(200, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await app.get(Reactions).stop();
  }
  throw new InterruptedError('the organisation is closed; the same command goes on with its end');
}

async function emptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0) throw new Error(`${folder} is not empty; nothing was done`);
}
