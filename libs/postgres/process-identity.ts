import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process for good: its number alone is given again after its death. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the system's own notation; empty where the system does not tell. */
  readonly started: string;
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, started: startOf(process.pid) };
}

/** Whether that very process is alive. */
export function isAlive({ pid, started }: ProcessIdentity): boolean {
  return exists(pid) && startOf(pid) === started;
}

/** The command line of a living process; undefined when it is dead or a zombie, or the system does not tell. */
export function commandLine(pid: number): string | undefined {
  if (!exists(pid)) return undefined;
  if (process.platform === 'linux') return readProc(pid, 'cmdline')?.replaceAll('\0', ' ') || undefined;
  if (process.platform === 'win32') return undefined;
  return ps(pid, 'command=') || undefined;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function startOf(pid: number): string {
  if (process.platform === 'win32') return '';
  if (process.platform !== 'linux') return ps(pid, 'lstart=');
  // The second field is the program's name in brackets and may hold blanks; the start time is the 22nd field.
  const status = readProc(pid, 'stat') ?? '';
  return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

function ps(pid: number, column: string): string {
  return spawnSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).stdout?.trim() ?? '';
}
