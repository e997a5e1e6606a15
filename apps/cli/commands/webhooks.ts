import { Command } from 'commander';
import { Subscriptions } from '../../../src/webhooks/subscriptions/subscriptions';
import { WebhookOutbox } from '../../../src/webhooks/outbox/webhook-outbox';
import { withContext } from '../context';
import { say, type OutputOptions } from '../output';

interface WebhooksOptions extends OutputOptions {
  readonly organisation: string;
}

/** Who is told of what. Webhooks are made and changed over HTTP, where the secret is shown. */
export function webhooksCommand(): Command {
  return new Command('webhooks')
    .description('show the webhooks of an organisation, how their receivers do, and what waits for them')
    .requiredOption('--organisation <slug>', 'the organisation')
    .option('--json', 'one line of JSON')
    .action(({ organisation, ...options }: WebhooksOptions) =>
      withContext('webhooks', async ({ app }) => {
        const all = await app.get(Subscriptions, { strict: false }).ofOrganisation(organisation);
        const { runtime } = app.get(WebhookOutbox, { strict: false });
        const counts = (await runtime.entries.counts()).filter((one) => one.organisation === organisation);
        const webhooks = await Promise.all(
          all.map(async ({ id, url, state, types, categories }) => {
            const { failures, openUntil } = await runtime.breaker({ organisation, destination: id });
            const count = (of: string): number =>
              counts.find((one) => one.destination === id && one.state === of)?.count ?? 0;
            // The rest of an address often is a secret.
            const receiver = new URL(url).origin;
            const waits = { pending: count('pending'), dead: count('dead'), failures };
            return { id, receiver, state, types, categories, ...waits, leftAloneUntil: openUntil?.toISOString() };
          }),
        );
        const lines = webhooks.map(
          ({ id, receiver, state, pending, dead, failures, leftAloneUntil }) =>
            `${id}: ${receiver} is ${state}, ${pending} wait, ${dead} dead letters` +
            (failures > 0 ? `, failed ${failures} times in a row` : '') +
            (leftAloneUntil === undefined ? '' : `, left alone until ${leftAloneUntil}`),
        );
        say(options, lines.length === 0 ? ['no webhooks'] : lines, { organisation, webhooks });
      }),
    );
}
