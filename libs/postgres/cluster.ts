import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { program, removeFile } from './binaries';
import { giveTo, Place } from './place';
import { runAs } from './system-user';

export const superuser = 'ardoise';
const settingsFile = 'ardoise.conf';

/** An eighth of the memory that this process may use, from 256 MiB to 2 GiB; what is not used of it is never taken. */
function sharedMebibytes(): number {
  const limit = process.constrainedMemory();
  const memory = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return Math.round(Math.min(2_048, Math.max(256, memory / 8 / 2 ** 20)));
}

/**
 * No statement, parameter or row value reaches the server's log: errors are reported to the client alone
 * (`log_min_messages = log` is above ERROR), since the text of an error may quote a value. What would log statements
 * is off by name, not by default: a default may change.
 *
 * The write-ahead log is not recycled: a segment that was used again under another name would keep its old bytes until
 * they are overwritten, on a quiet server for months. Unlinked at the checkpoint, it is gone from the data folder.
 *
 * Page images go into it as they are: this build has no other compression than pglz, and with random keys nearly every
 * append to a long log writes some, at more processor time than all the rest of the append.
 */
const defaultSettings: Readonly<Record<string, string>> = {
  listen_addresses: "'127.0.0.1'",
  unix_socket_directories: "''",
  max_connections: '100',
  shared_buffers: `${sharedMebibytes()}MB`,
  wal_compression: 'off',
  max_wal_size: '2GB',
  wal_recycle: 'off',
  wal_init_zero: 'on',
  fsync: 'on',
  jit: 'off',
  password_encryption: "'scram-sha-256'",
  timezone: "'UTC'",
  log_timezone: "'UTC'",
  logging_collector: 'on',
  log_filename: "'postgresql-%a.log'",
  log_truncate_on_rotation: 'on',
  log_rotation_age: '1d',
  log_rotation_size: '0',
  log_min_messages: 'log',
  log_error_verbosity: 'terse',
  log_statement: "'none'",
  log_min_duration_statement: '-1',
  log_min_error_statement: 'panic',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_min_duration_sample: '-1',
  log_transaction_sample_rate: '0',
  log_duration: 'off',
  log_lock_waits: 'off',
  log_temp_files: '-1',
  debug_print_parse: 'off',
  debug_print_rewritten: 'off',
  debug_print_plan: 'off',
  shared_preload_libraries: "''",
  session_preload_libraries: "''",
};

/** Runs one of the shipped programs as the server's user, and fails with what it said. */
export async function run(place: Place, name: 'initdb' | 'pg_ctl', args: readonly string[]): Promise<void> {
  try {
    await promisify(execFile)(program(place.binaries, name), [...args], {
      ...runAs(place.user),
      cwd: dirname(place.binaries.native),
      env: { PATH: process.env.PATH, LC_ALL: 'C', SYSTEMROOT: process.env.SYSTEMROOT },
      windowsHide: true,
    });
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string };
    throw new Error(`${name} failed: ${(stderr || stdout || String(error)).trim()}`, { cause: error });
  }
}

/**
 * Makes the cluster when there is none. It is made under another name and renamed when it is whole: a crash in the
 * middle leaves a folder that the next start throws away.
 */
export async function ensureCluster(place: Place): Promise<void> {
  removeUnfinished(place);
  if (existsSync(join(place.data, 'PG_VERSION'))) return checkCluster(place);
  if (existsSync(place.data) && readdirSync(place.data).length > 0) {
    throw new Error(`${place.data} is not empty and holds no PostgreSQL cluster`);
  }
  const unfinished = `${place.data}.new`;
  const passwordFile = `${place.data}.new-password`;
  const password = randomBytes(24).toString('base64url');
  try {
    mkdirSync(unfinished, { mode: 0o700 });
    giveTo(place.user, unfinished);
    writeFileSync(passwordFile, password, { mode: 0o600 });
    giveTo(place.user, passwordFile);
    const how = ['--auth=scram-sha-256', '--data-checksums', '--encoding=UTF8', '--locale=C'];
    await run(place, 'initdb', ['-D', unfinished, '-U', superuser, `--pwfile=${passwordFile}`, ...how]);
  } finally {
    removeFile(passwordFile);
  }
  appendFileSync(join(unfinished, 'postgresql.conf'), `\ninclude = '${settingsFile}'\n`);
  // The password stands before the cluster does: there is never a cluster that nobody can enter.
  writeFileSync(place.password, password, { mode: 0o600 });
  rmSync(place.data, { recursive: true, force: true });
  renameSync(unfinished, place.data);
}

function removeUnfinished(place: Place): void {
  const prefix = basename(place.data) + '.new';
  for (const name of readdirSync(dirname(place.data))) {
    if (name.startsWith(prefix)) rmSync(join(dirname(place.data), name), { recursive: true, force: true });
  }
}

function checkCluster(place: Place): void {
  const found = readFileSync(join(place.data, 'PG_VERSION'), 'utf8').trim();
  const major = place.binaries.version.split('.')[0];
  if (found !== major) {
    throw new Error(
      `${place.data} was made by PostgreSQL ${found}, and this Ardoise ships ${major}: restore a backup into a new folder`,
    );
  }
  if (!existsSync(place.password)) throw new Error(`the password of the database is missing: ${place.password}`);
}

export function readPassword(place: Place): string {
  return readFileSync(place.password, 'utf8').trim();
}

/** Writes the settings that the next start takes. */
export function writeSettings(place: Place, settings: Readonly<Record<string, string>>): void {
  const path = join(place.data, settingsFile);
  const lines = Object.entries({ ...defaultSettings, ...settings }).map(([name, value]) => `${name} = ${value}\n`);
  writeFileSync(path, lines.join(''), { mode: 0o600 });
  giveTo(place.user, path);
}
