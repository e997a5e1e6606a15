import { Command, InvalidArgumentError, Option } from 'commander';
import { createInterface } from 'node:readline/promises';
import { lossReasons } from '../../../src/keys/domain/events';
import { Recovery, type RecoveryPlan } from '../../../src/keys/recovery/recovery';
import { Reactions } from '../../../src/platform/reactions';
import { withContext } from '../context';
import { say, type OutputOptions } from '../output';
import { showProgress } from '../progress';

interface RecoverOptions extends OutputOptions {
  readonly organisation: string;
  readonly reason: (typeof lossReasons)[number];
  readonly reference?: string;
  readonly yes?: boolean;
}

export function recoverCommand(): Command {
  return new Command('recover')
    .description('go on after a backup was put back: end again what had ended, and record the gap')
    .requiredOption('--organisation <slug>', 'whose log and vault it is')
    .addOption(new Option('--reason <reason>', 'what happened').choices([...lossReasons]).makeOptionMandatory())
    .option('--reference <text>', 'a ticket or minute, for whoever asks later: letters, digits, ._-', reference)
    .option('--yes', 'do not ask')
    .option('--json', 'one line of JSON as the last')
    .action((options: RecoverOptions) =>
      withContext('recover', async ({ app, platform }) => {
        const { organisation, reason, reference: named, yes = false } = options;
        const recovery = new Recovery(platform, app.get(Reactions));
        const progress = showProgress('keys');
        const plan = await recovery.plan(organisation, (done, total) => progress.at(done, total));
        progress.end();
        for (const line of linesOf(plan)) process.stderr.write(`${line}\n`);
        if (!plan.needed) {
          if (plan.altered > 0) process.exitCode = 1;
          return say(options, ['nothing to recover'], { recovered: false, ...plan });
        }
        if (!yes && !(await agreed(organisation))) {
          process.exitCode = 1;
          return say(options, ['nothing was changed'], { recovered: false, ...plan });
        }
        const word = { organisation, reason, ...(named === undefined ? {} : { reference: named }) };
        await recovery.run(word, (done, total) => progress.at(done, total));
        progress.end();
        say(options, [`${organisation} is recovered; servers and workers that run take it up again within seconds`], {
          recovered: true,
          ...plan,
        });
      }),
    );
}

function linesOf(plan: RecoveryPlan): string[] {
  const { organisation, reasons, known, found } = plan;
  if (!plan.needed && plan.altered > 0) {
    return [`${organisation}: ${plan.altered} keys were altered, and no recovery puts that right: see docs/keys.md`];
  }
  if (!plan.needed) return [`${organisation}: log, vault and anchor agree, and every key that the log names is there`];
  const counted = (count: number, what: string): string[] => (count > 0 ? [`  ${count} ${what}`] : []);
  return [
    `${organisation}: the anchor knows position ${known.position} and comparison ${known.mark}; found are position ${found.position} and comparison ${found.mark}`,
    ...reasons.map(({ code, detail }) => `  ${code}: ${detail}`),
    'What will be done, for good:',
    ...counted(plan.toDestroy, 'keys that had been destroyed are destroyed again; whom an erasure reached is fenced'),
    ...counted(plan.returned, 'keys that came back after their destruction are destroyed again'),
    ...counted(plan.toLose, 'units of the log have no key that opens: they are recorded as lost'),
    ...counted(plan.altered, 'keys were altered: they are left as they are, and stay an alarm'),
    ...(plan.resetsReadModels ? ["  the organisation's read models are emptied and built anew from the log"] : []),
    ...(plan.reopensLedger
      ? ['  the ledger goes on as a new tree, the next incarnation, whose first entry says what was known and found']
      : []),
    '  the gap is recorded in the log, signed; a new anchor is written; the quarantine ends',
    'If a newer backup of the vault or the log exists, put that back first and start again.',
  ];
}

async function agreed(organisation: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    process.stderr.write('nobody can be asked here; say --yes to go on\n');
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal
    .question(`Type the name of the organisation to go on: `)
    .finally(() => terminal.close());
  return answer.trim() === organisation;
}

function reference(text: string): string {
  if (/^[A-Za-z0-9._-]{1,40}$/.test(text)) return text;
  throw new InvalidArgumentError('It takes 1 to 40 of letters, digits, ".", "_" and "-".');
}
