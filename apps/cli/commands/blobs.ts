import { Command } from 'commander';
import { BlobChecks, type BlobReport } from '../../../src/documents/process/blob-checks';
import { OrganisationDirectory } from '../../../src/organisations/queries/organisation-directory';
import { Reactions } from '../../../src/platform/reactions';
import { withContext, type Context } from '../context';
import { say, type OutputOptions } from '../output';
import { showProgress } from '../progress';
import { InterruptedError } from '../report';

interface VerifyOptions extends OutputOptions {
  readonly organisation?: string;
}

export function blobsCommand(): Command {
  return new Command('blobs').description('the sealed files of documents').addCommand(
    new Command('verify')
      .description('compare every file of a document with what is on record of it; needs no key')
      .option('--organisation <slug>', 'of this organisation only')
      .option('--json', 'one line of JSON as the last')
      .action((options: VerifyOptions) => withContext('blobs verify', (context) => verify(context, options))),
  );
}

/** What was recorded a moment ago is looked at only when the server or a worker has passed it: so many are told. */
type Verified = BlobReport & { readonly behind: number };

async function verify({ app, platform, signal }: Context, options: VerifyOptions): Promise<void> {
  const { organisation } = options;
  const directory = app.get(OrganisationDirectory, { strict: false });
  // Asked for by name, it must be there.
  const organisations = organisation === undefined ? directory.slugs() : [directory.policy(organisation).organisation];
  const checks = app.get(BlobChecks, { strict: false });
  const reports: Verified[] = [];
  for (const slug of organisations) {
    const head = await platform.store.head(slug);
    const passed = await app.get(Reactions).running().passed(slug);
    const progress = showProgress(`verify ${slug}`);
    const report = await checks.run(slug, { signal, onProgress: (done, total) => progress.at(done, total) });
    progress.end();
    if (signal.aborted) throw new InterruptedError('the check was interrupted; the next one begins anew');
    reports.push({ ...report, behind: Number(head - passed) });
  }
  say(options, reports.flatMap(linesOf), { organisations: reports });
  if (reports.some(({ missing, altered, unreadable }) => missing + altered + unreadable > 0)) process.exitCode = 3;
}

function linesOf({ organisation, sound, missing, altered, unreadable, orphans, wrong, behind }: Verified): string[] {
  const counts = `${sound} sound, ${missing} missing, ${altered} altered, ${unreadable} unreadable`;
  return [
    `${organisation}: ${counts}, ${orphans} without a document`,
    ...(behind > 0 ? [`${organisation}: the last ${behind} events are not looked at yet; is a server running?`] : []),
    ...wrong.map(({ blob, document, state }) => `${organisation}: document ${document}: blob ${blob} is ${state}`),
  ];
}
