import { Command } from 'commander';
import { settingsThatKeepValues } from '@ardoise/postgres';
import { Maintenance } from '../../../src/maintenance/maintenance';
import { distance, logStanding } from '../../../src/platform/log-standing';
import { Processes } from '../../../src/platform/processes';
import { WebhookOutbox } from '../../../src/webhooks/outbox/webhook-outbox';
import { Reactions } from '../../../src/platform/reactions';
import { withContext } from '../context';
import { ledgerLine, ledgerStandings, ledgerSummary } from '../ledger-standing';
import { say, type OutputOptions } from '../output';
import { rebuildLines } from '../rebuild-report';
import { upgradeLines, whyOf } from '../stops';

export function statusCommand(): Command {
  return new Command('status')
    .description('show organisations, how far projections and reactions are, and who runs them')
    .option('--json', 'one line of JSON')
    .action((options: OutputOptions) =>
      withContext('status', async ({ app, platform }) => {
        const { projections, lanes, rebuild } = await platform.projections.status();
        const { reactions } = await app.get(Reactions).running().status();
        const known = await platform.vault.organisations();
        const ended = new Set(known.flatMap(({ organisation, state }) => (state === 'ended' ? organisation : [])));
        const organisations = await Promise.all(
          [...new Set([...platform.policies.keys(), ...ended])].sort().map(async (organisation) => ({
            organisation,
            position: (await platform.store.head(organisation)).toString(),
            state: ended.has(organisation) ? 'ended' : 'active',
          })),
        );
        const { runtime: outbox } = app.get(WebhookOutbox, { strict: false });
        const heads = new Map(organisations.map(({ organisation, position }) => [organisation, BigInt(position)]));
        const parts = [
          ...projections.map(({ organisation, projection: name, position, head, state, stopped }) => ({
            kind: 'projection',
            organisation,
            name,
            behind: Number(head - position),
            state,
            ...whyOf(stopped),
          })),
          ...reactions.map(({ organisation, reaction: name, position, head, stopped, parked }) => ({
            kind: 'reaction',
            organisation,
            name,
            behind: Number(head - position),
            state: stopped ? 'stopped' : parked.length > 0 ? 'parked' : 'running',
            ...whyOf(stopped ?? parked.flatMap(({ code, ...at }) => (code === undefined ? [] : [{ ...at, code }]))[0]),
          })),
          ...(await outbox.feeds.list()).map(({ organisation, feed: name, position, until }) => ({
            kind: 'webhook feed',
            organisation,
            name,
            behind: Number((until ?? heads.get(organisation) ?? position) - position),
            state: 'running',
            ...whyOf(undefined),
          })),
        ];
        const messages = await outbox.entries.counts();
        const keepsValues = await settingsThatKeepValues(platform.pools.log);
        const { vacuum, rewrite } = await app.get(Maintenance, { strict: false }).runs();
        const quarantines = platform.quarantines.list();
        const underWay = await app.get(Processes).standing();
        const failing = underWay.filter((one) => one.failing);
        const readers = await platform.readers.list();
        const ledger = await ledgerStandings(platform);
        const versions = await platform.versions.standing();
        const log = logStanding(platform);
        const stopped = parts.filter(({ state }) => state !== 'running');
        say(
          options,
          [
            ...quarantines.map(
              ({ organisation, reasons }) =>
                `${organisation}: in quarantine, ${reasons.map(({ code, detail }) => `${code}: ${detail}`).join('; ')}`,
            ),
            ...organisations.map(
              ({ organisation, position, state }) =>
                `${organisation}: ${log.unit === 'events' ? `${position} events` : `log ends at position ${position}`}${state === 'ended' ? ', ended' : ''}`,
            ),
            ...parts
              .filter(({ behind, state }) => behind > 0 || state !== 'running')
              .map(
                ({ kind, organisation, name, behind, state, why }) =>
                  `${organisation}: ${kind} ${name} is ${state}, ${distance(behind, log.unit)} behind${why === undefined ? '' : `: ${why}`}`,
              ),
            ...messages.map(
              ({ organisation, destination, state, count }) =>
                `${organisation}: ${count} messages of webhook ${destination} are ${state}`,
            ),
            ...underWay.map(
              ({ organisation, process: name, id, state, failing: failed }) =>
                `${organisation}: ${name} ${id} is ${state}` +
                (failed
                  ? `, failed ${failed.failures} times, last at ${failed.failedAt.toISOString()} (${failed.code}), next try at ${failed.nextTry.toISOString()}`
                  : ''),
            ),
            ...readers.map(
              ({ organisation, kind, position }) => `${organisation}: ${kind} is reading, begun at ${position}`,
            ),
            ...ledger.map((one) => ledgerLine(one, log.unit)),
            ...rebuildLines(rebuild, log.unit),
            ...upgradeLines(versions),
            ...(log.leader === undefined ? [] : [`log on EventStoreDB, leader ${log.leader ?? 'none'}`]),
            stopped.length === 0 ? 'nothing is stopped' : `${stopped.length} stopped`,
            `tables vacuumed ${vacuum?.toISOString() ?? 'never'}, rewritten ${rewrite?.toISOString() ?? 'never'}`,
            ...keepsValues.map(({ setting, value, why }) => `the database keeps values: ${setting} = ${value}: ${why}`),
            ...lanes.map(({ organisation, purpose, owner }) => `${organisation}: ${purpose} is run by ${owner}`),
          ],
          {
            log,
            organisations,
            parts,
            messages,
            maintenance: { vacuum, rewrite },
            keepsValues,
            underWay,
            versions,
            ...(rebuild ? { rebuild: { ...rebuild, behind: rebuild.behind.toString() } } : {}),
            quarantines,
            ledger: ledger.map(ledgerSummary),
            readers: readers.map((one) => ({ ...one, position: one.position.toString() })),
          },
        );
        const refused = ledger.some(({ problem }) => problem);
        if (stopped.length > 0 || failing.length > 0 || quarantines.length > 0 || refused) process.exitCode = 3;
      }),
    );
}
