import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import type { Bench, CaseResult } from '../case';
import { whole } from '../figures';

const root = join(__dirname, '../../..');
const organisation = 'parene';
/** Done, and done with rows refused. */
const good = [0, 3];

/** The Open University data through the command line, and all read models anew from what it recorded. */
export async function oulad(bench: Bench): Promise<CaseResult> {
  const environment = {
    DATABASE_URL: await bench.server.database('oulad'),
    ARDOISE_DATA: mkdtempSync(join(bench.server.folder, 'oulad-')),
    ARDOISE_KEYS: mkdtempSync(join(bench.server.folder, 'oulad-keys-')),
  };
  const importing = ['import', 'oulad', bench.oulad ?? '', '--organisation', organisation, '--json'];
  const imported = await ardoise(importing, environment);
  const { rows, taken, refused, milliseconds } = imported.summary as { [name: string]: number };
  const seconds = (milliseconds ?? NaN) / 1000;
  bench.say(`  imported in ${seconds.toFixed(1)} s`);
  const rebuilt = await ardoise(['rebuild', '--json'], environment);
  const { events, eventsPerSecond } = rebuilt.summary as { [name: string]: number };
  return {
    name: 'oulad',
    title: 'Import of the Open University data',
    about:
      'The import runs as the command line runs it, once, through the same commands as the API; then the read models ' +
      'are built anew from the log that it made.',
    unit: '',
    standings: [],
    ratios: [],
    figures: [
      { what: 'import', value: `${seconds.toFixed(1)} s`, goal: '< 60 s', reached: seconds < 60 },
      {
        what: 'rows',
        value: `${whole(rows ?? NaN)} read, ${whole(taken ?? NaN)} taken, ${whole(refused ?? NaN)} refused`,
      },
      { what: 'events', value: `${whole(events ?? NaN)}, ${whole((events ?? NaN) / seconds)}/s` },
      { what: 'peak memory of the import', value: mebibytes(imported.peakKiB) },
      {
        what: 'rebuild from its log',
        value: `${whole(eventsPerSecond ?? NaN)} events/s`,
        goal: '≥ 30,000/s',
        reached: (eventsPerSecond ?? 0) >= 30_000,
      },
      { what: 'peak memory of the rebuild', value: mebibytes(rebuilt.peakKiB) },
    ],
  };
}

interface Ran {
  /** The last line that it wrote. */
  readonly summary: unknown;
  readonly peakKiB: number | undefined;
}

async function ardoise(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<Ran> {
  const hook = join(root, 'tools', 'typescript-hook.cjs');
  const child = spawn(process.execPath, ['-r', hook, join(root, 'apps/cli/main.ts'), ...args], {
    env: { ...process.env, LOG_LEVEL: 'error', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  let peakKiB: number | undefined;
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  const looking = setInterval(() => (peakKiB = peakMemory(child.pid) ?? peakKiB), 100);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(looking);
  if (code === null || !good.includes(code)) throw new Error(`ardoise ${args[0]} ended with ${code}`);
  return { summary: JSON.parse(said.trimEnd().split('\n').at(-1) ?? ''), peakKiB };
}

/** The most memory that a process has had resident, as Linux keeps it. */
function peakMemory(pid: number | undefined): number | undefined {
  try {
    const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return peak === undefined ? undefined : Number(peak);
  } catch {
    return undefined;
  }
}

function mebibytes(kibibytes: number | undefined): string {
  return kibibytes === undefined ? 'not known here' : `${whole(kibibytes / 1024)} MiB`;
}
