import { createHash } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Binaries, copyBinaries, findBinaries, program } from './binaries';
import { canEnter, canRun, serverUser, SystemUser } from './system-user';

/** Where a server's files are, and who runs it. */
export interface Place {
  readonly data: string;
  /** Superuser's password, readable by us alone. */
  readonly password: string;
  readonly owner: string;
  readonly lock: string;
  readonly binaries: Binaries;
  readonly user: SystemUser | undefined;
}

/** What a server's user can always reach, for root whose own folders are closed to it. */
const sharedFolder = '/var/lib/ardoise';

/**
 * Decides where the wanted data folder really is. As root, what PostgreSQL's user cannot reach (below /root, say) is
 * moved under /var/lib/ardoise, by a name derived from the wanted path, so that the next start finds it again.
 */
export function findPlace(wanted: string, log: (message: string) => void): Place {
  const user = serverUser();
  let binaries = findBinaries();
  let data = resolve(wanted);
  mkdirSync(dirname(data), { recursive: true });
  if (user && !canEnter(user, dirname(data))) {
    const name = createHash('sha256').update(data).digest('hex').slice(0, 12);
    data = join(sharedFolder, name, 'postgres');
    makeReachable(dirname(data));
    log(`the user "${user.name}" cannot enter ${dirname(resolve(wanted))}: the database is kept in ${data}`);
  }
  if (user && !canRun(user, program(binaries, 'postgres'))) {
    makeReachable(sharedFolder);
    binaries = copyBinaries(binaries, sharedFolder);
    log(`the user "${user.name}" cannot run PostgreSQL where it is installed: it is run from ${binaries.native}`);
  }
  const beside = (file: string) => join(dirname(data), file);
  return {
    data,
    password: beside('postgres.password'),
    owner: beside('postgres.owner'),
    lock: beside('postgres.lock'),
    binaries,
    user,
  };
}

function makeReachable(folder: string): void {
  mkdirSync(folder, { recursive: true });
  if (folder !== sharedFolder) chmodSync(sharedFolder, 0o755);
  chmodSync(folder, 0o755);
}

/** Gives a path to the server's user, when that is not ourselves. */
export function giveTo(user: SystemUser | undefined, path: string): void {
  if (user) chownSync(path, user.uid, user.gid);
}
