import { Command } from 'commander';
import { showProgress } from '../../cli/progress';
import { say, type OutputOptions } from '../../cli/output';
import { openBundle } from '@ardoise/bundle';
import { verify, type Verification, type VerificationOptions } from '../verification/verification';
import { readDescription } from '../verification/description';
import { checkpointPath, limits } from '@ardoise/bundle';
import type { CheckReport, Verdict } from '../verification/checks';
import { WorkFolder } from '../verification/work-folder';
import { openLayered, readAuthority, readNamed, readPolicy, stopSignal } from './inputs';

interface VerifyOptions extends OutputOptions {
  readonly older?: readonly string[];
  readonly policy?: string;
  readonly with?: readonly string[];
  readonly tsa?: string;
  readonly resume?: string;
}

export const exitCodes: { readonly [verdict in Verdict]: number } = { verified: 0, refused: 1, 'in-part': 3 };

export function verifyCommand(): Command {
  return new Command('verify')
    .description('recompute everything from the bytes of a bundle or of a served ledger; needs no key')
    .argument('<bundle>', 'the archive, its unpacked folder, or the address of the ledger')
    .option(
      '--policy <file>',
      'logs and witnesses that are trusted (tlog-policy); without it nobody vouches for the keys',
    )
    .option('--older <files...>', 'checkpoints that somebody kept: the log must have only grown since')
    .option('--with <bundles...>', 'the bundles that this one is an increment of, the newest first')
    .option('--tsa <pem>', 'certificates of the authority that stamps checkpoints (RFC 3161)')
    .option('--resume <file>', 'go on from there if it is there, and write it when stopped')
    .option('--json', 'one line of JSON')
    .addHelpText(
      'after',
      '\nExit codes: 0 verified, 1 refused, 2 used wrongly, 3 nothing is wrong and not everything was checked, 130 interrupted.',
    )
    .action(async (bundle: string, options: VerifyOptions) => {
      const verification = await run(bundle, options);
      say(options, readable(verification), verification);
      process.exitCode = exitCodes[verification.verdict];
    });
}

async function run(bundle: string, options: VerifyOptions): Promise<Verification> {
  const signal = stopSignal();
  const below = options.with ?? [];
  const older = await Promise.all((options.older ?? []).map(async (name) => ({ name, bytes: await readNamed(name) })));
  for (const one of below) older.push(...(await checkpointsOf(one)));
  const progress = showProgress('verify');
  const given: VerificationOptions = {
    older,
    layered: below.length > 0,
    signal,
    onProgress: (done, total, note) => progress.at(done, total, note),
    ...(options.policy === undefined ? {} : { policy: await readPolicy(options.policy) }),
    ...(options.tsa === undefined ? {} : { verifyToken: await readAuthority(options.tsa) }),
    ...(options.resume === undefined ? {} : { work: WorkFolder.resumable(options.resume) }),
  };
  const files = await openLayered(bundle, below, signal);
  try {
    return await verify(files, given);
  } finally {
    progress.end();
    await files.close();
  }
}

/** The newest checkpoints of an older bundle: an increment must be one of it. */
async function checkpointsOf(path: string): Promise<{ name: string; bytes: Buffer }[]> {
  const files = await openBundle(path);
  try {
    const { trees } = await readDescription(files);
    const found = trees.map(async ({ incarnation }) => {
      const bytes = await files.read(checkpointPath(incarnation), limits.checkpoint);
      return bytes ? [{ name: `${path}, incarnation ${incarnation}`, bytes }] : [];
    });
    return (await Promise.all(found)).flat();
  } finally {
    await files.close();
  }
}

function readable({ verdict, organisation, madeAt, trees, checks }: Verification): string[] {
  return [
    ...(organisation === undefined ? [] : [`ledger of ${organisation}, as of ${madeAt}`]),
    ...trees.map(
      ({ incarnation, origin, size, root }) => `incarnation ${incarnation}: ${origin}, ${size} leaves, root ${root}`,
    ),
    '',
    ...checks.flatMap(lines),
    '',
    verdict === 'in-part' ? 'verified in part' : verdict,
  ];
}

const words: { readonly [state in CheckReport['state']]: string } = {
  passed: 'passed',
  refused: 'REFUSED',
  'in-part': 'in part',
  'not-checked': 'not checked',
};

function lines({ check, state, counts, wrong, wrongs, unchecked, remarks }: CheckReport): string[] {
  const counted = Object.entries(counts).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []));
  const nothing = state === 'passed' && counted.length === 0 ? 'nothing to check' : words[state];
  const where =
    wrong &&
    [
      wrong.incarnation === undefined ? [] : `incarnation ${wrong.incarnation}`,
      wrong.leaf === undefined ? [] : `leaf ${wrong.leaf}`,
      wrong.event === undefined ? [] : `event ${wrong.event}`,
    ].flat();
  return [
    `${check.padEnd(13)} ${nothing.padEnd(12)} ${counted.join(', ')}`.trimEnd(),
    ...(wrong ? [`  wrong: ${wrong.code}: ${wrong.detail}${where?.length ? ` (${where.join(', ')})` : ''}`] : []),
    ...(wrong?.expected === undefined ? [] : [`  right would be: ${wrong.expected}`]),
    ...(wrongs > 1 ? [`  and ${wrongs - 1} more`] : []),
    ...unchecked.map((why) => `  not checked: ${why}`),
    ...remarks.map((what) => `  to be known: ${what}`),
  ];
}
