import { Command } from 'commander';
import type { Destination } from '@ardoise/outbox';
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
  readonly webhook?: string;
  readonly delivery?: string;
}

const most = 500;

/** What reactions could not take, and what no receiver took: looked at, tried again, let go. */
export function deadLettersCommand(): Command {
  return new Command('dead-letters')
    .description('events that a reaction could not take, and messages that no receiver took')
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
        const dead = await runtime.entries.list({ organisation, state: 'dead', limit: most });
        const stopped = (await app.get(Reactions).running().of(organisation)).flatMap(({ reaction, stopped: at }) =>
          at ? [{ reaction, event: at.event, position: at.position.toString(), code: at.code }] : [],
        );
        const webhooks = dead.map(({ destination, key, position, attempts, code, status }) => ({
          webhook: destination,
          delivery: key,
          position: position.toString(),
          attempts,
          code,
          status,
        }));
        say(
          options,
          [
            ...stopped.map((one) => `reaction ${one.reaction} stands still at event ${one.event} (${one.code})`),
            ...webhooks.map(
              (one) =>
                `webhook ${one.webhook}: ${one.delivery}, tried ${one.attempts} times (${one.code ?? 'unknown'})`,
            ),
            stopped.length + webhooks.length === 0
              ? 'no dead letters'
              : `${stopped.length + webhooks.length} dead letters`,
          ],
          { organisation, reactions: stopped, webhooks },
        );
        if (stopped.length + webhooks.length > 0) process.exitCode = 3;
      }),
    );
}

type Act = (context: Context, organisation: string, which: WhichOptions) => Promise<number>;

function act(name: string, description: string, run: Act): Command {
  return new Command(name)
    .description(`${description}: what one reaction stands still at, or messages of one webhook`)
    .requiredOption('--organisation <slug>', 'the organisation')
    .option('--reaction <name>', 'the reaction that stands still')
    .option('--event <id>', 'with --reaction: the event that it stands still at')
    .option('--webhook <id>', 'the webhook')
    .option('--delivery <id>', 'with --webhook: one message; all where nothing is said')
    .option('--json', 'one line of JSON')
    .action((which: WhichOptions, command: Command) => {
      const { organisation, reaction, event, webhook } = which;
      if ((reaction === undefined) === (webhook === undefined)) {
        command.error('say either --reaction and --event, or --webhook');
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
  if (which.webhook !== undefined) return runtime.retry(to(organisation, which.webhook), which.delivery);
  const reactions = app.get(Reactions).running();
  const found = (await reactions.of(organisation)).find(({ reaction }) => reaction === which.reaction);
  return found?.stopped?.event === which.event ? reactions.restart(organisation, which.reaction) : 0;
}

async function dismiss({ app }: Context, organisation: string, which: WhichOptions): Promise<number> {
  const { runtime } = app.get(WebhookOutbox, { strict: false });
  if (which.webhook !== undefined) return runtime.dismiss(to(organisation, which.webhook), which.delivery);
  const { reaction = '', event = '' } = which;
  return (await app.get(Reactions).running().dismiss(organisation, reaction, event)) ? 1 : 0;
}

function to(organisation: string, destination: string): Destination {
  return { organisation, destination };
}
