import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { removeFile } from './binaries';
import { isAlive, ProcessIdentity, thisProcess } from './process-identity';

interface Claim extends ProcessIdentity {
  /** Tells two claims of one process apart. */
  readonly claim: string;
}

/** Which process may stop the server: the one that started it, or, when that one is dead, one that attached later. */
export class Owner {
  private readonly claim = randomUUID();

  constructor(private readonly path: string) {}

  take(): void {
    writeClaim(this.path, this.claim);
  }

  /** Whether the server is ours to stop: we own it, or its owner is dead. */
  isOursToStop(): boolean {
    const claim = readClaim(this.path);
    return claim === undefined || claim.claim === this.claim || !isAlive(claim);
  }

  release(): void {
    removeFile(this.path);
  }
}

const lockPatience = 120_000;

/**
 * Runs the function while no other process (nor another call in this one) is inside for the same file. The lock of a
 * process that died is taken over.
 * @throws Error when a living process holds it for two minutes.
 */
export async function withFolderLock<T>(path: string, run: () => Promise<T>): Promise<T> {
  const claim = randomUUID();
  const deadline = Date.now() + lockPatience;
  while (!tryLock(path, claim)) {
    if (Date.now() > deadline) throw new Error(`another process keeps the lock ${path}`);
    await delay(50);
  }
  try {
    return await run();
  } finally {
    removeFile(path);
  }
}

function tryLock(path: string, claim: string): boolean {
  try {
    writeClaim(path, claim, 'wx');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = readClaim(path);
  // A claim that cannot be read yet is being written: its holder lives.
  if (holder && !isAlive(holder)) setAsideDeadLock(path, holder, claim);
  return false;
}

/** Renaming first and looking after makes sure that only a dead process's lock is removed, whoever else tries it. */
function setAsideDeadLock(path: string, dead: Claim, claim: string): void {
  const aside = `${path}.${claim}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (readClaim(aside)?.claim === dead.claim) rmSync(aside, { force: true });
  else renameSync(aside, path);
}

function writeClaim(path: string, claim: string, flag: 'w' | 'wx' = 'w'): void {
  writeFileSync(path, JSON.stringify({ ...thisProcess(), claim } satisfies Claim), { flag, mode: 0o600 });
}

function readClaim(path: string): Claim | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Claim;
  } catch {
    return undefined;
  }
}
