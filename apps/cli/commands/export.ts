import { Command } from 'commander';
import { open } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { LogExport } from '../../../src/audit/queries/log-export';
import { OrganisationDirectory } from '../../../src/organisations/queries/organisation-directory';
import { withContext } from '../context';
import { write } from '../output';
import { showProgress } from '../progress';
import { InterruptedError } from '../report';

interface ExportOptions {
  readonly organisation: string;
  readonly headers?: boolean;
  readonly out?: string;
}

export function exportCommand(): Command {
  return new Command('export')
    .description("write an organisation's log as NDJSON: the stored bytes, nothing opened, nothing left out")
    .requiredOption('--organisation <slug>', 'whose log it is')
    .option('--headers', 'clear headers and digests of the ciphertexts only: what a receipt is verified against')
    .option('--out <file>', 'a file that does not exist yet; standard output without it')
    .action(({ organisation, headers, out }: ExportOptions) =>
      withContext('export', async ({ app, platform, signal }) => {
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
      }),
    );
}
