import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import type * as Pkcs11 from 'pkcs11js';

const places = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
];

/** The optional dependency, where it was installed. */
export const library = optional();

/** Debian's SoftHSM2, a token in software; `undefined` where it, or what speaks to it, is not installed. */
export const softHsm = library === undefined ? undefined : places.find((place) => existsSync(place));

export interface TestToken {
  readonly module: string;
  readonly token: string;
  readonly pin: string;
}

const officer = 'officer-4711';
let counter = 0;
let pending: { module: Pkcs11.PKCS11 } | undefined;

/** A new token in a temporary folder. */
export function createToken(module: string): TestToken {
  const library = installed();
  pending ??= { module: initialise(module) };
  const { module: hsm } = pending;
  const token = `token-${++counter}`;
  const pin = `pin-${counter}-9137`;
  const free = hsm.C_GetSlotList(true).at(-1);
  if (free === undefined) throw new Error('SoftHSM2 has no slot');
  hsm.C_InitToken(free, officer, token.padEnd(32));
  const slot = hsm.C_GetSlotList(true).find((one) => hsm.C_GetTokenInfo(one).label.trim() === token);
  if (slot === undefined) throw new Error('SoftHSM2 did not make the token');
  const session = hsm.C_OpenSession(slot, library.CKF_SERIAL_SESSION | library.CKF_RW_SESSION);
  hsm.C_Login(session, library.CKU_SO, officer);
  hsm.C_InitPIN(session, pin);
  hsm.C_Logout(session);
  hsm.C_CloseSession(session);
  return { module, token, pin };
}

/** The module as a program beside ours has it: to look at what ours made, or to take its session away. */
export function beside(): Pkcs11.PKCS11 {
  if (pending === undefined) throw new Error('there is no token yet');
  return pending.module;
}

function initialise(path: string): Pkcs11.PKCS11 {
  const folder = mkdtempSync(join(tmpdir(), 'ardoise-softhsm-'));
  mkdirSync(join(folder, 'tokens'));
  const configuration = join(folder, 'softhsm2.conf');
  writeFileSync(configuration, `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\n`);
  // The module reads the environment of the operating system; a test's own `process.env` is a copy of it.
  (runInThisContext('process') as NodeJS.Process).env.SOFTHSM2_CONF = configuration;
  const module = new (installed().PKCS11)();
  module.load(path);
  try {
    module.C_Initialize();
  } catch {
    // Another spec file of this process has it, with a folder that is gone: it is over, and ours begins afresh.
    module.C_Finalize();
    module.C_Initialize();
  }
  return module;
}

export function installed(): typeof Pkcs11 {
  if (library === undefined) throw new Error('pkcs11js is not installed');
  return library;
}

function optional(): typeof Pkcs11 | undefined {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import of what is not there cannot be caught
    return require('pkcs11js') as typeof Pkcs11;
  } catch {
    return undefined;
  }
}
