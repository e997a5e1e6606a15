import { Command, Option } from 'commander';
import { open } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { LogExport } from '../../../src/audit/queries/log-export';
import { OrganisationDirectory } from '../../../src/organisations/queries/organisation-directory';
import { withContext } from '../context';
import { write } from '../output';
import { showProgress } from '../progress';
import { InterruptedError } from '../report';
import { exportBundle } from './export-bundle';

interface ExportOptions {
  readonly organisation: string;
  readonly headers?: boolean;
  readonly out?: string;
  readonly bundle?: string;
  readonly since?: string;
  readonly reference?: string;
  readonly json?: boolean;
}

export function exportCommand(): Command {
  return new Command('export')
    .description("write an organisation's log as NDJSON: the stored bytes, nothing opened, nothing left out")
    .requiredOption('--organisation <slug>', 'whose log it is')
    .option('--headers', 'clear headers and digests of the ciphertexts only: what a receipt is verified against')
    .option('--out <file>', 'a file that does not exist yet; standard output without it')
    .addOption(
      new Option(
        '--bundle <file>',
        'instead, the ledger as one archive that anybody verifies with ardoise-audit; that it is given out is recorded',
      ).conflicts(['headers', 'out']),
    )
    .option('--since <size|bundle>', 'of a bundle: leave out what came before this size, or is in that bundle')
    .option('--reference <text>', 'of a bundle: the ticket or minute that says what it is made for')
    .option('--json', 'of a bundle: one line of JSON')
    .action((options: ExportOptions, command: Command) => {
      const { bundle, ...others } = options;
      if (bundle !== undefined) return exportBundle({ ...others, bundle });
      const alone = (['since', 'reference', 'json'] as const).find((name) => options[name] !== undefined);
      if (alone !== undefined) command.error(`error: option '--${alone}' is of a bundle: say --bundle <file>`);
      return exportLog(options);
    });
}

function exportLog({ organisation, headers, out }: ExportOptions): Promise<void> {
  return withContext('export', async ({ app, platform, signal }) => {
    app.get(OrganisationDirectory, { strict: false }).policy(organisation);
    const target = out === undefined ? process.stdout : (await open(out, 'wx', 0o600)).createWriteStream();
    const total = Number(await platform.store.head(organisation));
    const progress = showProgress('export');
    let done = 0;
    const log = app.get(LogExport, { strict: false });
    for await (const lines of headers ? log.headers(organisation) : log.lines(organisation)) {
      if (signal.aborted)
        throw new InterruptedError('the export was interrupted; what was written is not the whole log');
      await write(target, lines);
      done += lines.split('\n').length - 1;
      progress.at(done, total);
    }
    progress.end();
    if (out !== undefined) {
      target.end();
      await finished(target);
    }
  });
}
