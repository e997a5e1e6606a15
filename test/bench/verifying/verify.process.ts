import { openBundle } from '@ardoise/bundle';
import { verify } from '../../../apps/auditor/verification/verification';

/** What a verification in a process of its own took. */
export interface Took {
  readonly seconds: number;
  /** Of this process, on all cores. */
  readonly processorSeconds: number;
  /** The most that it had at any time. */
  readonly mebibytes: number;
  readonly verdict: string;
  readonly events: number;
}

async function main(): Promise<void> {
  const files = await openBundle(process.argv[2] ?? '');
  const [begun, before] = [performance.now(), process.cpuUsage()];
  const { verdict, checks } = await verify(files);
  const { user, system } = process.cpuUsage(before);
  const took: Took = {
    seconds: (performance.now() - begun) / 1_000,
    processorSeconds: (user + system) / 1e6,
    mebibytes: process.resourceUsage().maxRSS / 1_024,
    verdict,
    events: checks.find(({ check }) => check === 'entries')?.counts.events ?? 0,
  };
  await files.close();
  process.stdout.write(`${JSON.stringify(took)}\n`);
}

void main();
