import { Command } from 'commander';
import { formatVerifierKey, noteType, verifierKey } from '@ardoise/ledger';
import type { Tree } from '@ardoise/sequencer';
import type { PublishedKey } from '@ardoise/signing';
import { distance, type LogStanding, logStanding } from '../../../../src/platform/log-standing';
import { withContext } from '../../context';
import { ledgerStandings, ledgerSummary, type LedgerStanding } from '../../ledger-standing';
import { say, type OutputOptions } from '../../output';

export function ledgerStatusCommand(): Command {
  return new Command('status')
    .description('show trees, their newest checkpoints, how far they are behind their logs, and who cosigned')
    .option('--json', 'one line of JSON')
    .action((options: OutputOptions) =>
      withContext('ledger status', async ({ platform }) => {
        const standings = await ledgerStandings(platform);
        const { unit } = logStanding(platform);
        const { lanes } = await platform.sequencer.status();
        const keys = await platform.ledgerKeys.published();
        const older = await Promise.all(
          standings.map(async ({ tree: { organisation } }) => (await platform.ledger.trees(organisation)).slice(0, -1)),
        );
        say(
          options,
          [
            ...standings.flatMap((standing, i) => [
              ...(older[i] ?? []).map(endedLine),
              ...linesOf(standing, unit, keys),
            ]),
            ...lanes.map(({ organisation, owner }) => `${organisation}: sequenced by ${owner}`),
            ...(standings.length === 0 ? ['there is no tree yet'] : []),
          ],
          {
            trees: standings.map(ledgerSummary),
            ended: older.flat().map(({ after, through, position, ...tree }) => ({
              ...tree,
              after: after.toString(),
              through: through?.toString(),
              position: position.toString(),
            })),
          },
        );
        if (standings.some(({ problem }) => problem)) process.exitCode = 3;
      }),
    );
}

function endedLine({ organisation, incarnation, origin, size, through }: Tree): string {
  return `${organisation}: incarnation ${incarnation} (${origin}) ended at position ${through}, with ${size} leaves`;
}

function linesOf(
  { tree, problem }: LedgerStanding,
  unit: LogStanding['unit'],
  keys: readonly PublishedKey[],
): string[] {
  const { organisation, incarnation, origin, size, behind, newest } = tree;
  const stamped = newest?.isTimestamped ? ', timestamped' : '';
  return [
    `${organisation}: incarnation ${incarnation} (${origin}), ${size} leaves, ${distance(behind, unit)} behind`,
    newest
      ? `${organisation}: newest checkpoint of ${newest.size} leaves, signed ${newest.signedAt.toISOString()}, ${newest.cosignatures} cosignatures${stamped}`
      : `${organisation}: nothing is signed yet`,
    ...keys.map(({ publicKey }) => `${organisation}: key ${verifierKeyOf(origin, publicKey)}`),
    ...(problem ? [`${organisation}: NOT SIGNED, ${problem.code}: ${problem.detail}`] : []),
  ];
}

/** As trust policies have it (c2sp.org/tlog-policy): what an auditor must be given by another way than a bundle. */
const verifierKeyOf = (origin: string, publicKey: Buffer): string =>
  formatVerifierKey(verifierKey(origin, noteType, publicKey));
