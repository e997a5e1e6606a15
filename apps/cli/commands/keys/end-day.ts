import { Command, InvalidArgumentError } from 'commander';
import { setTimeout as delay } from 'node:timers/promises';
import { DayEnding } from '../../../../src/keys/ends/days/day-ending';
import { DayEnds, type DayEnd, type DayName } from '../../../../src/keys/ends/days/day-ends';
import { Reactions } from '../../../../src/platform/reactions';
import { withContext, type Context } from '../../context';
import { say, type OutputOptions } from '../../output';
import { InterruptedError } from '../../report';

interface EndDayOptions extends OutputOptions {
  readonly organisation: string;
  readonly category: string;
  readonly day: string;
  readonly beforeItsTime?: boolean;
  readonly reason?: string;
}

export function endDayCommand(): Command {
  const command = new Command('end-day')
    .description(
      "end a category's day for everybody, for good, and print its receipt; days whose time has come end alone",
    )
    .requiredOption('--organisation <slug>', 'whose day it is')
    .requiredOption('--category <category>', 'a category that is kept by the day, as technical')
    .requiredOption('--day <YYYY-MM-DD>', "in the organisation's time zone", calendarDay)
    .option('--before-its-time', 'also where its period is not over; asks for --reason')
    .option('--reason <reference>', 'the ticket or minute that says why: letters, digits and . _ -', reference)
    .option('--json', 'one line of JSON');
  return command.action((options: EndDayOptions) => {
    if ((options.beforeItsTime ?? false) !== (options.reason !== undefined)) {
      command.error('error: --before-its-time and --reason go together', { exitCode: 2 });
    }
    return withContext('keys end-day', (context) => endDay(context, options));
  });
}

async function endDay(context: Context, options: EndDayOptions): Promise<void> {
  const { organisation, category, day, reason } = options;
  const name = { organisation, category, day };
  const ending = context.app.get(DayEnding, { strict: false });
  const begun = await context.app.get(DayEnds, { strict: false }).find(name);
  // What was begun goes on, whatever its date.
  if (!begun) ending.check(name, reason !== undefined);
  if (!(await ending.end(name, reason))) {
    say(options, [`${organisation}: nothing was sealed under ${category} of ${day}`], { ...name, receipt: null });
    return;
  }
  const { receipt } = await completed(context, name);
  say(options, [...JSON.stringify(receipt, null, 2).split('\n')], receipt);
}

/** Read models and reactions are told by this process, so that nothing else has to be running. */
async function completed({ app, platform, signal }: Context, name: DayName): Promise<DayEnd> {
  const ending = app.get(DayEnding, { strict: false });
  const ends = app.get(DayEnds, { strict: false });
  await platform.projections.start();
  await app.get(Reactions).start();
  try {
    while (!signal.aborted) {
      await ending.completeWaiting();
      const row = await ends.find(name);
      if (row?.state === 'completed') return row;
      await delay(200, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await app.get(Reactions).stop();
  }
  throw new InterruptedError(
    'the keys are destroyed; the receipt comes with the next server, worker or end-day command',
  );
}

function calendarDay(text: string): string {
  const instant = new Date(`${text}T00:00:00Z`);
  const real = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(instant.getTime());
  if (!real || !instant.toISOString().startsWith(text))
    throw new InvalidArgumentError('It takes a day, as 2025-10-01.');
  return text;
}

function reference(text: string): string {
  if (/^[A-Za-z0-9._-]{1,40}$/.test(text)) return text;
  throw new InvalidArgumentError('It takes 1 to 40 letters, digits, full stops, underscores and hyphens, and no name.');
}
