import { Command, Option } from 'commander';
import type { Destination, ListedEntry } from '@ardoise/outbox';
import { type DismissalReason, dismissalReasons, type ProcessDeadLetter } from '@ardoise/process-manager';
import { mailDestination } from '../../../src/mail/outbox/mail-planner';
import { ProcessManagers } from '../../../src/platform/process-managers';
import { Reactions } from '../../../src/platform/reactions';
import { WebhookOutbox } from '../../../src/webhooks/outbox/webhook-outbox';
import { type Context, withContext } from '../context';
import { say, type OutputOptions } from '../output';

interface ListOptions extends OutputOptions {
  readonly organisation: string;
}

interface WhichOptions extends ListOptions {
  readonly reaction?: string;
  readonly event?: string;
  readonly process?: string;
  readonly stream?: string;
  readonly at?: string;
  readonly reason?: DismissalReason;
  readonly webhook?: string;
  readonly delivery?: string;
  readonly mail?: boolean;
}

/** Rows that are asked for together. */
const limit = 500;

/** What reactions and processes could not take, and what no receiver took: looked at, tried again, let go. */
export function deadLettersCommand(): Command {
  return new Command('dead-letters')
    .description('what a reaction or a process could not take, and messages that no receiver took')
    .addCommand(list())
    .addCommand(act('retry', 'try again', retry))
    .addCommand(act('dismiss', 'let go: what should follow does not', dismiss));
}

function list(): Command {
  return new Command('list')
    .description('show dead letters of an organisation')
    .requiredOption('--organisation <slug>', 'the organisation')
    .option('--json', 'one line of JSON')
    .action(({ organisation, ...options }: ListOptions) =>
      withContext('dead-letters', async ({ app }) => {
        const { runtime } = app.get(WebhookOutbox, { strict: false });
        const dead = await toTheEnd<ListedEntry>((before) =>
          runtime.entries.list({ organisation, state: 'dead', limit, ...(before ? { before } : {}) }),
        );
        const standings = await app.get(Reactions).running().of(organisation);
        const stopped = standings.flatMap(({ reaction, stopped: at, parked }) =>
          [...(at ? [at] : []), ...parked].flatMap(({ event, position, code }) =>
            code === undefined ? [] : [{ reaction, event, position: position.toString(), code }],
          ),
        );
        const waiting = standings.flatMap(({ parked }) => parked).filter(({ code }) => code === undefined).length;
        const letters = await toTheEnd<ProcessDeadLetter>((after) =>
          app
            .get(ProcessManagers)
            .running()
            .deadLetters(organisation, { limit, ...(after ? { after } : {}) }),
        );
        const processes = letters.map(({ process, stream, standsAt, code }) => ({ process, stream, standsAt, code }));
        const webhooks = dead.map(({ destination, key, position, attempts, code, status }) => ({
          webhook: destination,
          delivery: key,
          position: position.toString(),
          attempts,
          code,
          status,
        }));
        const count = stopped.length + processes.length + webhooks.length;
        say(
          options,
          [
            ...stopped.map((one) => `reaction ${one.reaction} stands still at event ${one.event} (${one.code})`),
            ...(waiting > 0 ? [`${waiting} events wait behind others of their streams`] : []),
            ...processes.map(
              (one) => `process ${one.process} ${one.stream} stands still at ${one.standsAt} (${one.code})`,
            ),
            ...webhooks.map(
              (one) =>
                `${one.webhook === mailDestination ? 'mail' : `webhook ${one.webhook}`}: ${one.delivery}, tried ${one.attempts} times (${one.code ?? 'unknown'})`,
            ),
            count === 0 ? 'no dead letters' : `${count} dead letters`,
          ],
          { organisation, reactions: stopped, processes, webhooks },
        );
        if (count > 0) process.exitCode = 3;
      }),
    );
}

/** All of a list that is given page by page. */
async function toTheEnd<T>(page: (after?: T) => Promise<T[]>): Promise<T[]> {
  const found: T[] = [];
  for (let rows = await page(); ; rows = await page(rows.at(-1))) {
    found.push(...rows);
    if (rows.length < limit) return found;
  }
}

type Act = (context: Context, organisation: string, which: WhichOptions) => Promise<number>;

function act(name: string, description: string, run: Act): Command {
  const command = new Command(name)
    .description(`${description}: what one reaction or process stands still at, messages of one webhook, or letters`)
    .requiredOption('--organisation <slug>', 'the organisation')
    .option('--reaction <name>', 'the reaction that stands still')
    .option('--event <id>', 'with --reaction: the event that it stands still at')
    .option('--process <name>', 'the kind of the process that stands still')
    .option('--stream <id>', 'with --process: its stream')
    .option('--at <what>', 'with --process: what it stands still at')
    .option('--webhook <id>', 'the webhook')
    .option('--mail', 'letters')
    .option('--delivery <id>', 'with --webhook or --mail: one message; all where nothing is said')
    .option('--json', 'one line of JSON');
  if (name === 'dismiss') {
    const reason = new Option('--reason <reason>', 'with --process: why it is let go');
    command.addOption(reason.choices(dismissalReasons));
  }
  return command.action((which: WhichOptions) => {
    const { organisation, reaction, event, webhook, mail, stream, at, reason } = which;
    if ([reaction, which.process, webhook, mail].filter((one) => one !== undefined).length !== 1) {
      command.error('say one of --reaction with --event, --process with --stream and --at, --webhook, or --mail');
    }
    if (which.process !== undefined && (stream === undefined || at === undefined)) {
      command.error('--process needs --stream and --at, as "ardoise dead-letters list" shows them');
    }
    if (which.process !== undefined && name === 'dismiss' && reason === undefined) {
      command.error(`--process needs --reason: ${dismissalReasons.join(', ')}`);
    }
    if (reaction !== undefined && event === undefined) {
      command.error('--reaction needs --event, as "ardoise dead-letters list" shows it');
    }
    return withContext(`dead-letters ${name}`, async (context) => {
      context.platform.quarantines.mustBeOpen(organisation);
      const count = await run(context, organisation, which);
      say(which, [`${count} dead letters: ${description}`], { organisation, count });
      if (count === 0) process.exitCode = 3;
    });
  });
}

async function retry({ app }: Context, organisation: string, which: WhichOptions): Promise<number> {
  const { runtime } = app.get(WebhookOutbox, { strict: false });
  const destination = destinationOf(organisation, which);
  if (destination) return runtime.retry(destination, which.delivery);
  if (which.process !== undefined) {
    return app.get(ProcessManagers).running().retry(organisation, which.process, which.stream, which.at);
  }
  return app.get(Reactions).running().restart(organisation, which.reaction, which.event);
}

async function dismiss({ app }: Context, organisation: string, which: WhichOptions): Promise<number> {
  const { runtime } = app.get(WebhookOutbox, { strict: false });
  const destination = destinationOf(organisation, which);
  if (destination) return runtime.dismiss(destination, which.delivery);
  const { reaction = '', event = '', process, stream = '', at = '', reason = 'not-wanted' } = which;
  if (process !== undefined) {
    const letter = { organisation, process, stream, standsAt: at };
    return (await app.get(ProcessManagers).running().dismiss(letter, reason)) ? 1 : 0;
  }
  return (await app.get(Reactions).running().dismiss(organisation, reaction, event)) ? 1 : 0;
}

/** The outbox is one, whoever fills it. */
function destinationOf(organisation: string, { webhook, mail }: WhichOptions): Destination | undefined {
  const destination = mail ? mailDestination : webhook;
  return destination === undefined ? undefined : { organisation, destination };
}
