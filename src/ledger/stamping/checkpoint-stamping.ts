import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ConfigError } from '@ardoise/config';
import { errorCode, gaugeIn } from '@ardoise/lanes';
import { parseNote } from '@ardoise/ledger';
import type { CheckpointEntry, TreeName } from '@ardoise/sequencer';
import { requestTimestamp, verifyTimestamp } from '@ardoise/timestamps';
import type { DurableProcess, ProcessStanding } from '../../platform/capability';
import { Platform } from '../../platform/platform';
import { StampedDays, unstamped } from './stamping-days';

interface Failing {
  readonly code: string;
  readonly failures: number;
  readonly failedAt: Date;
}

/** What is not stamped after this long is shown as failing, also by a process that does not do it. In milliseconds. */
const late = 900_000;
/** The longest pause of whoever tells us of checkpoints again. In milliseconds. */
const nextTry = 60_000;
const labels: 'organisation'[] = ['organisation'];

/**
 * Has an authority say, of the first checkpoint of each day (UTC) of each tree, that it was there: whatever becomes of
 * our keys and clocks, nobody can date those checkpoints back. The digest of the note's text is stamped, and nothing of
 * the log leaves the house.
 */
@Injectable()
export class CheckpointStamping implements OnModuleInit, DurableProcess {
  readonly name = 'timestamps';
  private readonly stamped = new StampedDays();
  private readonly failing = new Map<string, Failing>();
  private trusted: readonly Buffer[] | undefined;

  constructor(private readonly platform: Platform) {}

  onModuleInit(): void {
    const { config, sequencer } = this.platform;
    if (config.timestamps === undefined) return;
    const { url, trustFile } = config.timestamps;
    this.trusted = trustFile === undefined ? undefined : certificatesIn(trustFile);
    sequencer.onCheckpoint((entry, signal) => this.stamp(url, entry, signal));
  }

  /** What waits to be stamped: the authority is away, or was just asked. */
  async standing(): Promise<ProcessStanding[]> {
    const { config, ledger, clock } = this.platform;
    if (config.timestamps === undefined) return [];
    const now = clock.now();
    const waiting: ProcessStanding[] = [];
    for (const organisation of await ledger.organisations()) {
      const tree = await ledger.tree(organisation);
      if (!tree) continue;
      const known = (at: Date): boolean => this.stamped.has(tree, at);
      for (const entry of await unstamped(ledger, tree, now, known)) waiting.push(this.standingOf(entry, now));
    }
    return waiting;
  }

  /** Rejects when one is not stamped, to be told again. */
  private async stamp(url: string, newest: CheckpointEntry, signal: AbortSignal): Promise<void> {
    const { ledger, clock } = this.platform;
    const now = newest.signedAt > clock.now() ? newest.signedAt : clock.now();
    try {
      for (const entry of await unstamped(ledger, newest, now, (at) => this.stamped.has(newest, at))) {
        await ledger.addTimestamp(entry, await this.timestampOf(url, entry, signal));
        this.told(entry);
      }
      if (hasItsDay(newest.signedAt, now)) this.stamped.add(newest, now);
    } catch (error) {
      this.failed(newest, error);
      throw error;
    }
  }

  private async timestampOf(url: string, { note }: CheckpointEntry, signal: AbortSignal): Promise<Buffer> {
    const digest = createHash('sha256').update(parseNote(note).text, 'utf8').digest();
    const token = await requestTimestamp({ url, digest, signal });
    if (this.trusted !== undefined) await verifyTimestamp(token, digest, this.trusted);
    return token;
  }

  private standingOf({ organisation, incarnation, size, signedAt }: CheckpointEntry, now: Date): ProcessStanding {
    const id = `${incarnation}/${size}`;
    const isLate = now.getTime() - signedAt.getTime() >= late;
    const failed = this.failing.get(organisation) ?? { code: 'timestamp-late', failures: 1, failedAt: now };
    if (!isLate && !this.failing.has(organisation)) return { organisation, id, state: 'waiting' };
    return {
      organisation,
      id,
      state: 'waiting',
      failing: { ...failed, nextTry: new Date(failed.failedAt.getTime() + nextTry) },
    };
  }

  private failed({ organisation }: TreeName, error: unknown): void {
    const failures = (this.failing.get(organisation)?.failures ?? 0) + 1;
    this.failing.set(organisation, { code: errorCode(error), failures, failedAt: this.platform.clock.now() });
  }

  private told({ organisation, signedAt }: CheckpointEntry): void {
    this.failing.delete(organisation);
    const help = 'When the newest checkpoint that has a timestamp was signed, in seconds since 1970';
    const gauge = gaugeIn(this.platform.metrics, 'ardoise_ledger_stamped_checkpoint_seconds', help, labels);
    gauge.set({ organisation }, Math.floor(signedAt.getTime() / 1000));
  }
}

/** Before the first checkpoint of a day there is nothing to stamp of it, and it is to be looked at again. */
function hasItsDay(signedAt: Date, now: Date): boolean {
  return signedAt.toISOString().slice(0, 10) === now.toISOString().slice(0, 10);
}

/** @throws ConfigError */
function certificatesIn(path: string): Buffer[] {
  try {
    const pems = readFileSync(path, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    if (pems.length > 0) return pems.map((pem) => new X509Certificate(pem).raw);
  } catch {
    // Told below: the file, and what it takes.
  }
  throw new ConfigError(`ARDOISE_TIMESTAMP_TRUST_FILE is ${path}; it takes a file of certificates in PEM`);
}
