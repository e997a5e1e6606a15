import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Bench, CaseResult } from '../case';
import { whole } from '../figures';
import { median } from '../statistics';
import { writeSyntheticBundle } from '../verifying/synthetic-bundle';
import { coldStarts } from '../verifying/cold-start';
import type { Took } from '../verifying/verify.process';

const events = 1_000_000;
const goal = { perSecond: 60_000, mebibytes: 300, coldMilliseconds: 50 };

/** Every check of an auditor on a bundle of a million events, in a process of its own. */
export async function verify({ say }: Bench): Promise<CaseResult> {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-bench-'));
  try {
    const bundle = join(folder, 'bundle.tar');
    say(`  a bundle of ${whole(events)} events is made`);
    await writeSyntheticBundle(bundle, events);
    const took = await verified(bundle);
    if (took.verdict === 'refused' || took.events !== events) throw new Error('the synthetic bundle was not verified');
    const rate = took.events / took.processorSeconds;
    const cold = median(await coldStarts(11));
    return {
      name: 'verify',
      title: 'Verifying a bundle',
      about:
        `An archive of ${whole(events)} events of learning, with logins, erasures and a checkpoint for each thousand; all ` +
        'checks of `ardoise-audit verify`, for a second of its processor time, and the most memory that it had.',
      unit: 'events/s',
      standings: [],
      ratios: [],
      figures: [
        {
          what: 'all checks',
          value: `${whole(rate)}/s of one core`,
          goal: `≥ ${whole(goal.perSecond)}/s`,
          reached: rate >= goal.perSecond,
        },
        {
          what: 'memory',
          value: `${whole(took.mebibytes)} MiB`,
          goal: `< ${goal.mebibytes} MiB`,
          reached: took.mebibytes < goal.mebibytes,
        },
        {
          what: 'one disclosure, from a cold start of the library',
          value: `${cold.toFixed(0)} ms of processor time`,
          goal: `< ${goal.coldMilliseconds} ms`,
          reached: cold < goal.coldMilliseconds,
        },
        { what: 'by the clock, beside whatever else the machine did', value: `${took.seconds.toFixed(1)} s` },
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function verified(bundle: string): Promise<Took> {
  const root = join(__dirname, '../../..');
  const script = [
    '-r',
    join(root, 'tools/typescript-hook.cjs'),
    join(root, 'test/bench/verifying/verify.process.ts'),
    bundle,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, script);
  return JSON.parse(stdout) as Took;
}
