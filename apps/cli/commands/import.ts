import { Command } from 'commander';
import { OuladImport } from '../../../src/imports/oulad/oulad-import';
import type { ImportReport } from '../../../src/imports/oulad/report';
import { adopt, withContext } from '../context';
import { say, type OutputOptions } from '../output';
import { showProgress } from '../progress';
import { InterruptedError } from '../report';

interface ImportOptions extends OutputOptions {
  readonly organisation: string;
  readonly report?: string;
}

export function importCommand(): Command {
  return new Command('import').description("take another system's data over").addCommand(ouladCommand());
}

function ouladCommand(): Command {
  return new Command('oulad')
    .description('the Open University Learning Analytics Dataset, as CSV; can be stopped at any moment and run again')
    .argument('<path>', 'folder with the files, packed by gzip or plain')
    .requiredOption('--organisation <slug>', 'who takes it over')
    .option('--report <file>', 'where refused rows are written, one a line; in ARDOISE_DATA without it')
    .option('--json', 'one line of JSON as the last')
    .action((path: string, options: ImportOptions) =>
      withContext('import', async (context) => {
        const { organisation, report: reportFile } = options;
        await adopt(context, organisation);
        const { signal } = context;
        const progress = showProgress('import');
        const report = await context.app
          .get(OuladImport, { strict: false })
          .run({
            organisation,
            path,
            signal,
            ...(reportFile === undefined ? {} : { reportFile }),
            onProgress: ({ phase, done, total }) => progress.at(done, total, phase),
          })
          .catch((error: unknown) => {
            if (signal.aborted)
              throw new InterruptedError('the import was interrupted; run it again, nothing comes twice');
            throw error;
          });
        progress.end();
        say(options, readable(report), report);
        if (report.refused > 0) process.exitCode = 3;
      }),
    );
}

function readable({
  rows,
  taken,
  refused,
  files,
  columns,
  decisions,
  milliseconds,
  reportFile,
}: ImportReport): string[] {
  return [
    `${rows} rows: ${taken} taken, ${refused} refused, in ${(milliseconds / 1000).toFixed(1)} s`,
    ...files.map(
      (file) =>
        `  ${file.file}: ${file.rows} rows, ${file.taken} taken, ${file.refused} refused ${reasons(file.reasons)}`,
    ),
    ...columns.map(
      ({ file, column, values, reason }) => `  ${file}: column ${column} is not stored (${reason}), ${values} values`,
    ),
    ...Object.entries(decisions).map(([decision, count]) => `  ${decision}: ${count} rows`),
    `refused rows, line by line: ${reportFile}`,
  ];
}

function reasons(of: { readonly [reason: string]: number }): string {
  const list = Object.entries(of).map(([reason, count]) => `${reason} ${count}`);
  return list.length > 0 ? `(${list.join(', ')})` : '';
}
