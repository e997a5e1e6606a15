import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The account that PostgreSQL runs under when we are root, which it refuses to run as. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whom to run PostgreSQL as: nobody special (undefined) for an ordinary user; for root the system user `postgres`,
 * or else `nobody`.
 * @throws Error when root has neither.
 */
export function serverUser(): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const wanted of ['postgres', 'nobody']) {
    const fields = accounts.find((line) => line.startsWith(wanted + ':'))?.split(':');
    if (fields) return { name: wanted, uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error(
    'PostgreSQL does not run as root, and this machine has neither a user "postgres" nor "nobody": ' +
      'start Ardoise as an ordinary user, or set DATABASE_URL',
  );
}

/** The part of `spawn`'s options that makes a child run as that user. */
export function runAs(user: SystemUser | undefined): { uid?: number; gid?: number } {
  return user ? { uid: user.uid, gid: user.gid } : {};
}

/** Whether the user can enter the folder. Asked of the kernel, since modes alone do not tell (access lists, mounts). */
export function canEnter(user: SystemUser, folder: string): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...runAs(user), cwd: '/' }).status === 0;
}

/** Whether the user can run the program, its libraries included. */
export function canRun(user: SystemUser, program: string): boolean {
  return spawnSync(program, ['--version'], { ...runAs(user), cwd: '/' }).status === 0;
}
