import { ConfigError, eventStoreAt, type EventStoreConfig, readConfig } from '@ardoise/config';
import { LoggedSteps } from '@ardoise/steps';
import { EventRegistry } from '@ardoise/sealing';
import { categories } from '@ardoise/policy';
import { SystemClock } from '@ardoise/time';
import { Command } from 'commander';
import { capabilities } from '../../../../src/capabilities';
import { allMigrations } from '../../../../src/platform/database';
import { giveUpMovingLog, moveLog, type MoveLogOptions } from '../../../../src/platform/move-log';
import { withDatabase } from '../../database';
import { say, type OutputOptions } from '../../output';
import { showProgress } from '../../progress';

interface CopyOptions extends OutputOptions {
  readonly from: string;
  readonly to: string;
  readonly giveUp?: boolean;
}

const engines = 'postgres, eventstoredb (the one that EVENTSTORE_URL names), or esdb://…';

export function logCopyCommand(): Command {
  return new Command('copy')
    .description('move the log to another engine while servers run, with a stop of seconds at the end')
    .requiredOption('--from <engine>', `where the log is: ${engines}`)
    .requiredOption('--to <engine>', `where it is to go on: ${engines}`)
    .option('--give-up', 'open the side again that was left, as long as the other one has taken nothing since')
    .option('--json', 'one line of JSON as the last')
    .action(async (options: CopyOptions, command: Command) => {
      const [from, to] = [engineOf('--from', options.from), engineOf('--to', options.to)];
      if (from.kind === to.kind) return command.error('error: --from and --to are the same engine');
      await withDatabase('log copy', async ({ log, url, signal }) => {
        const registry = new EventRegistry(
          capabilities.flatMap(({ events }) => [...events]),
          categories,
          capabilities.flatMap(({ upcasters }) => [...(upcasters ?? [])]),
        );
        const move: MoveLogOptions = {
          url,
          from,
          to,
          migrations: allMigrations(capabilities),
          knows: registry.versions(),
          clock: new SystemClock(),
          steps: new LoggedSteps(log),
          name: 'ardoise log copy',
          signal,
        };
        if (options.giveUp) return giveUp(options, move);
        const progress = showProgress('log copy', 'events');
        const result = await moveLog({
          ...move,
          onProgress: ({ phase, done, total, eventsPerSecond, secondsLeft }) => {
            const what = phase === 'copy' ? 'copied' : 'compared';
            const left = `about ${Math.ceil(secondsLeft)} s left`;
            progress.at(done, total, `${what}, ${Math.round(eventsPerSecond)} events/s, ${left}`);
          },
        }).finally(() => progress.end());
        const { events, organisations, copied, copySeconds, stopSeconds } = result;
        const rate = Math.round(copied / Math.max(copySeconds, 0.001));
        say(
          options,
          [
            `the log goes on in ${nameOf(to)}: ${events} events of ${organisations} organisations, every root as it was signed`,
            `${copied} events copied in ${copySeconds.toFixed(1)} s, ${rate} events/s; nothing could be recorded for ${stopSeconds.toFixed(1)} s`,
            `start every server and worker anew with EVENT_STORE=${to.kind}; until then they answer 503 log-moved`,
          ],
          { to: to.kind, organisations, events, copied, seconds: copySeconds, eventsPerSecond: rate, stopSeconds },
        );
      });
    });
}

async function giveUp(options: CopyOptions, move: MoveLogOptions): Promise<void> {
  const wasClosed = await giveUpMovingLog(move);
  const [here, there] = [nameOf(move.from), nameOf(move.to)];
  say(
    options,
    wasClosed
      ? [
          `the move is given up: the log goes on in ${here}, and ${there} is closed`,
          `servers and workers with EVENT_STORE=${move.from.kind} go on by themselves; start the others anew with it`,
        ]
      : [`the log in ${here} is open; there is nothing to give up`],
    { givenUp: wasClosed, log: move.from.kind },
  );
}

/** @throws ConfigError that never shows a connection string */
function engineOf(option: string, text: string): EventStoreConfig {
  if (text === 'postgres') return { kind: 'postgres' };
  if (text === 'eventstoredb') return readConfig({ ...process.env, EVENT_STORE: 'eventstoredb' }).eventStore;
  if (/^esdb(\+discover)?:/.test(text)) return eventStoreAt(option, text);
  throw new ConfigError(`${option} takes ${engines}`);
}

const nameOf = ({ kind }: EventStoreConfig): string => (kind === 'postgres' ? 'PostgreSQL' : 'EventStoreDB');
