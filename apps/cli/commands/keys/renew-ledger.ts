import { Command } from 'commander';
import { readConfig } from '@ardoise/config';
import { pemOfRaw, type PublishedKey } from '@ardoise/signing';
import { silentSteps } from '@ardoise/steps';
import { SystemClock } from '@ardoise/time';
import { openLedgerKeys, originBaseOf } from '../../../../src/platform/ledger-keys';
import { day, duration } from '../../duration';
import { say, type OutputOptions } from '../../output';

interface RenewLedgerOptions extends OutputOptions {
  readonly overlap: number;
  readonly lost?: boolean;
  readonly yes?: boolean;
}

export function renewLedgerCommand(): Command {
  return new Command('renew-ledger')
    .description('make a new key for signing the ledger; the one in use signs beside it for a while; servers run on')
    .option('--overlap <duration>', 'how long the key in use goes on signing, as in 30d or 12h', duration, 30 * day)
    .option('--lost', 'the key in use is lost or stolen: it signs no longer, and nothing leads from it to the new one')
    .option('--yes', 'do it; without this it only says what it would do')
    .option('--json', 'one line of JSON as the last')
    .action(renew);
}

async function renew(options: RenewLedgerOptions): Promise<void> {
  const config = readConfig(process.env);
  const keys = await openLedgerKeys({ config, clock: new SystemClock(), steps: silentSteps, create: false });
  const current = (await keys.published()).at(-1);
  const lost = options.lost === true;
  if (options.yes !== true) {
    say(options, [...planned(current, config.ledgerKey.kind, lost), 'nothing was written; say --yes to do it'], {
      written: false,
    });
    process.exitCode = 2;
    return;
  }
  const base = await originBaseOf(config, keys);
  const published = await keys.renew({ base, overlapMilliseconds: options.overlap, lost });
  const renewed = published.at(-1);
  const former = published.find(({ id }) => id === current?.id);
  say(options, [...told(renewed, former)], {
    written: true,
    id: renewed?.id,
    former: former?.id,
    until: former?.until,
    statement: renewed?.statement,
  });
}

function planned(current: PublishedKey | undefined, kind: string, lost: boolean): string[] {
  const where = kind === 'file' ? 'in a file' : 'in the token';
  const before = lost
    ? 'would sign no longer, and auditors would have to be told the new key'
    : 'would state that it is the successor, and sign beside it for the overlap';
  return [`would make a new key of the ledger ${where}`, `the key in use, ${current?.id ?? '?'}, ${before}`];
}

function told(renewed: PublishedKey | undefined, former: PublishedKey | undefined): string[] {
  if (renewed === undefined) return [];
  return [
    `the ledger is signed with ${renewed.id} from ${renewed.since} on`,
    ...(former ? [`${former.id} signs beside it until ${former.until ?? '?'}, and its private part goes then`] : []),
    renewed.statement ?? 'no statement leads to it: publish it, and the date, where auditors look',
    pemOfRaw(renewed.publicKey).trimEnd(),
  ];
}
