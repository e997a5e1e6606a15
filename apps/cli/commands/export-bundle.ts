import { randomUUID } from 'node:crypto';
import { BundleExport, type MadeBundle } from '../../../src/ledger/export/bundle-export';
import { adopt, withContext, type Context } from '../context';
import { say, type OutputOptions } from '../output';
import { showProgress } from '../progress';

export interface BundleOptions extends OutputOptions {
  readonly organisation: string;
  readonly bundle: string;
  readonly since?: string;
  readonly reference?: string;
}

/** Writes the ledger as one archive. Whoever runs beside may sign for it; where nobody does, this process does. */
export function exportBundle(options: BundleOptions): Promise<void> {
  return withContext('export', async (context) => {
    const { organisation } = options;
    if (!(await hasEnded(context, organisation))) await adopt(context, organisation);
    const { sequencer } = context.platform;
    await sequencer.start();
    try {
      const made = await make(context, options);
      say(options, told(options.bundle, made), { organisation, bundle: options.bundle, ...made });
    } finally {
      await sequencer.stop();
    }
  });
}

async function make({ app, signal }: Context, options: BundleOptions): Promise<MadeBundle> {
  const progress = showProgress('export');
  try {
    return await app.get(BundleExport, { strict: false }).make({
      organisation: options.organisation,
      path: options.bundle,
      context: { commandId: randomUUID(), service: 'cli', source: 'staff' },
      ...(options.since === undefined ? {} : { since: sinceOf(options.since) }),
      ...(options.reference === undefined ? {} : { reference: options.reference }),
      signal,
      onProgress: (done, total) => progress.at(done, total),
    });
  } finally {
    progress.end();
  }
}

async function hasEnded({ platform }: Context, organisation: string): Promise<boolean> {
  const all = await platform.vault.organisations();
  return all.some((one) => one.organisation === organisation && one.state === 'ended');
}

/** A number of leaves, else the bundle before; a file whose name is a number is written with a folder before it. */
function sinceOf(text: string): { size: number } | { bundle: string } {
  return /^\d{1,15}$/.test(text) ? { size: Number(text) } : { bundle: text };
}

function told(path: string, { trees, since, files, bytes }: MadeBundle): string[] {
  return [
    `written: ${path}, ${files} files, ${bytes} bytes`,
    ...trees.map(({ incarnation, size, root }) => `incarnation ${incarnation}: ${size} leaves, root ${root}`),
    ...(since ? [`an increment: goes on from leaf ${since.size} of incarnation ${since.incarnation}`] : []),
  ];
}
