import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of a second in /proc, which Linux fixes for all programs. */
const ticksPerSecond = 100;

interface Process {
  readonly parent: number;
  /** Of the process itself. */
  readonly own: number;
  /** Of children that have ended. */
  readonly children: number;
}

/**
 * Processor time that a PostgreSQL server has used so far, in microseconds, its ended connections included. It says
 * what work costs also where other programs share the machine. Undefined where there is no /proc.
 */
export function serverProcessorTime(backend: number): number | undefined {
  const postmaster = read(backend)?.parent;
  if (postmaster === undefined) return undefined;
  let ticks = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const found = read(Number(name));
    if (Number(name) === postmaster) ticks += (found?.own ?? 0) + (found?.children ?? 0);
    else if (found?.parent === postmaster) ticks += found.own;
  }
  return (ticks * 1e6) / ticksPerSecond;
}

function read(pid: number): Process | undefined {
  try {
    // proc(5): fields after the name in parentheses; 4 is the parent, 14 to 17 are the times.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number);
    const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15);
    return { parent: fields[1] ?? 0, own: utime + stime, children: cutime + cstime };
  } catch {
    return undefined;
  }
}

/** Processor time so far, in microseconds: of this process, or of the given ones that run beside it. */
export function ownProcessorTime(pids?: readonly number[]): number {
  if (pids) return (pids.reduce((ticks, pid) => ticks + (read(pid)?.own ?? 0), 0) * 1e6) / ticksPerSecond;
  const { user, system } = process.cpuUsage();
  return user + system;
}
