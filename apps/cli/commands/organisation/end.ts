import { Command } from 'commander';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HandOverError, HandOvers } from '../../../../src/audit/handover/hand-over';
import { OrganisationEnding } from '../../../../src/keys/ends/organisation/organisation-ending';
import type { OrganisationEnd } from '../../../../src/keys/ends/organisation/organisation-ends';
import type { HandOver } from '../../../../src/keys/handed-over';
import { OrganisationDirectory } from '../../../../src/organisations/queries/organisation-directory';
import { Processes } from '../../../../src/platform/processes';
import { Reactions } from '../../../../src/platform/reactions';
import { withContext, type Context } from '../../context';
import { say, type OutputOptions } from '../../output';
import { InterruptedError } from '../../report';

interface EndOptions extends OutputOptions {
  readonly organisation: string;
  readonly export: string;
  readonly acceptUnreadable?: boolean;
  readonly confirm?: string;
  readonly confirmAgain?: string;
}

const told = [
  'Ceci met fin à l’organisation pour toujours : ses clés sont détruites, et tout ce qui est scellé sous elles est illisible pour tous.',
  'Dès le début elle est fermée et n’enregistre plus rien ; il n’y a pas de retour, même avant la destruction des clés.',
  'Le dossier contient toutes ses données EN CLAIR : données à caractère personnel, documents compris. Placez-le sur un support chiffré, remettez-le au responsable du traitement, puis supprimez-le ici.',
  'This ends the organisation for good: its keys are destroyed, and nobody can read what is sealed under them any more.',
  'It is closed at once and records nothing from then on; there is no way back, not even before the keys are destroyed.',
  'The folder holds all its data IN CLEAR: personal data, documents too. Put it on encrypted storage, hand it to the controller, then delete it here.',
];

export function endOrganisationCommand(): Command {
  const command = new Command('end')
    .description(
      'end an organisation: hand its data over in clear, destroy all its keys, forget all that is shown of it',
    )
    .requiredOption('--organisation <slug>', 'which one')
    .requiredOption(
      '--export <folder>',
      'an empty folder, or a new one: for all its data, readable, and the signed receipt',
    )
    .option(
      '--accept-unreadable',
      'also where events or files were tampered with or are gone, and cannot be handed over',
    )
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
  const { organisation, acceptUnreadable = false } = options;
  const folder = resolve(options.export);
  const ending = app.get(OrganisationEnding, { strict: false });
  const handOver = app.get(HandOvers, { strict: false }).of(organisation, folder, { acceptUnreadable });
  if (!(await ending.find(organisation))) {
    app.get(OrganisationDirectory, { strict: false }).policy(organisation);
    await noErasures(context, organisation);
    await emptyFolder(folder);
  }
  await ending.begin(organisation);
  const { receipt, export: handed } = await completed(context, organisation, handOver);
  const isHere = handed !== null && (await handOver.stands(handed));
  if (!isHere) process.stderr.write(`ardoise: the hand-over is not in ${folder}: it was made elsewhere, or moved\n`);
  const file = join(folder, `${organisation}-receipt.json`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(file, `${JSON.stringify(receipt, null, 2)}\n`, { mode: 0o600 });
  say(options, [`${organisation} has ended`, `its data, in clear: ${folder}`, `receipt: ${file}`], receipt);
}

/** Whoever asked to be erased is not to be handed over in clear. */
async function noErasures({ app }: Context, organisation: string): Promise<void> {
  const underWay = (await app.get(Processes).standing()).filter(
    (one) => one.process === 'erasures' && one.organisation === organisation,
  );
  if (underWay.length === 0) return;
  throw new HandOverError(
    'erasures-under-way',
    `${underWay.length} erasures are under way (see "ardoise status"); nothing was done, end it when they are complete`,
  );
}

/** All steps, here: nothing else has to be running. */
async function completed(
  { app, platform, signal }: Context,
  organisation: string,
  handOver: HandOver,
): Promise<OrganisationEnd> {
  const ending = app.get(OrganisationEnding, { strict: false });
  await platform.projections.start();
  await app.get(Reactions).start();
  try {
    while (!signal.aborted) {
      const row = await ending.advance(organisation, handOver);
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
  if ((await readdir(folder)).length > 0)
    throw new HandOverError('folder-not-empty', `${folder} is not empty; nothing was done`);
}
