import { Command } from 'commander';
import { KeyRotation } from '../../../../src/keys/rotation/key-rotation';
import { OrganisationDirectory } from '../../../../src/organisations/queries/organisation-directory';
import { withContext, type Context } from '../../context';
import { day, duration } from '../../duration';
import { say, type OutputOptions } from '../../output';
import { showProgress } from '../../progress';
import { InterruptedError } from '../../report';

interface RotateOptions extends OutputOptions {
  readonly horizon?: number;
  readonly organisation?: string;
}

export function rotateCommand(): Command {
  return new Command('rotate')
    .description('begin a new epoch of keys, or go on with one that was interrupted; servers run on meanwhile')
    .option(
      '--horizon <duration>',
      'how long old keys are kept, as in 35d or 12h (default: ARDOISE_KEY_HORIZON_DAYS)',
      duration,
    )
    .option('--organisation <slug>', 'of this organisation only')
    .option('--json', 'one line of JSON as the last')
    .action((options: RotateOptions) => withContext('keys rotate', (context) => rotate(context, options)));
}

async function rotate({ app, platform, signal }: Context, options: RotateOptions): Promise<void> {
  const rotation = app.get(KeyRotation, { strict: false });
  const before = await rotation.status();
  const { organisation } = options;
  // Asked for by name, it must be there.
  if (organisation !== undefined) app.get(OrganisationDirectory, { strict: false }).policy(organisation);
  const totals = new Map(before.map((one) => [one.organisation, livingOf(one.units)]));
  const progress = showProgress('rotate');
  const started = Date.now();
  await rotation.rotate({
    signal,
    horizonMilliseconds: options.horizon ?? platform.config.keyHorizonDays * day,
    ...(organisation === undefined ? {} : { organisations: [organisation] }),
    onProgress: ({ organisation: of, phase, done }) =>
      progress.at(done, Math.max(done, totals.get(of) ?? 0), `${phase} ${of}`),
  });
  progress.end();
  if (signal.aborted) throw new InterruptedError('the rotation was interrupted; the next one goes on where it stopped');
  const seconds = (Date.now() - started) / 1_000;
  const rotations = await rotation.pending();
  const after = await rotation.status();
  const asked = organisation === undefined ? app.get(OrganisationDirectory, { strict: false }).slugs() : [organisation];
  const skipped = asked.flatMap((of) => {
    const why = rotation.skipped(of);
    return why === undefined ? [] : [{ organisation: of, why }];
  });
  const stopped = rotations.filter(({ problem }) => problem !== undefined);
  say(
    options,
    [
      ...skipped.map(({ organisation: of, why }) => `${of}: left out, ${reasons[why]}`),
      ...after.map(({ organisation: of, epoch }) => `${of}: epoch ${epoch}`),
      ...rotations.map(({ organisation: of, epoch, units, endsAt, problem }) =>
        problem === undefined
          ? `${of}: ${units} units are under the keys of epoch ${epoch}; those before end at ${endsAt?.toISOString() ?? '?'}`
          : `${of}: the rotation to epoch ${epoch} has stopped: ${problem}`,
      ),
    ],
    { seconds, epochs: after, rotations, skipped },
  );
  if (stopped.length > 0) process.exitCode = 3;
}

const reasons = {
  quarantined: 'it is in quarantine (see "ardoise status"); its rotation begins or goes on when that is over',
  ended: 'it was closed, and its keys end with it',
};

/** Units that have a key. */
export function livingOf(units: { active: number; held: number; fenced: number }): number {
  return units.active + units.held + units.fenced;
}
