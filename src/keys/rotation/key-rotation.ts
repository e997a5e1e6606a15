import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { createPool } from '@ardoise/postgres';
import { Clock } from '@ardoise/time';
import { type EpochStatus, Rotation, type RotationEntry, type RotationRequest, type Vault } from '@ardoise/vault';
import type { Pool } from 'pg';
import { EndedOrganisations } from '../../platform/ended-organisations';
import { Platform } from '../../platform/platform';
import { VAULT } from '../../platform/tokens';
import { Keyring } from '../keyring';
import { KeyringLog } from './keyring-log';

const everyMilliseconds = 60_000;
const dayMilliseconds = 86_400_000;
/** A pass looks at every row of a vault that may be large: longer than a request may ever take. */
const statementTimeout = 600_000;

/** Epochs of keys: on an operator's word, and by a schedule that also goes on with what was begun and ends what is due. */
@Injectable()
export class KeyRotation implements OnModuleDestroy {
  private readonly pool: Pool;
  private readonly rotation: Rotation;
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    keyring: Keyring,
    private readonly platform: Platform,
    private readonly clock: Clock,
    private readonly ended: EndedOrganisations,
    @Inject(VAULT) vault: Vault,
  ) {
    const { server, keyEncryption, steps } = platform;
    this.pool = createPool(server.url, {
      role: 'ardoise_vault',
      max: 3,
      statementTimeout,
      applicationName: 'rotation',
    });
    const log = new KeyringLog(keyring, vault);
    const leaves = (organisation: string): boolean => this.skipped(organisation) === 'quarantined';
    this.rotation = new Rotation({ pool: this.pool, keyEncryption, log, clock, steps, leaves });
  }

  @Interval(everyMilliseconds)
  async tick(): Promise<void> {
    if (!this.platform.config.work || this.platform.departure.isLeft) return;
    try {
      await this.runSchedule();
    } catch (error) {
      const { name, code } = error as { name?: string; code?: string };
      this.platform.log.warn({ error: name, code }, 'keys could not be rotated; trying again');
    }
  }

  /** What the schedule does. One at a time, in a process and over all of them. */
  runSchedule(): Promise<void> {
    this.running ??= this.schedule().finally(() => (this.running = undefined));
    return this.running;
  }

  /** Begins a new epoch, or goes on with one that was interrupted. @throws VaultError */
  rotate(request: RotationRequest): Promise<void> {
    return this.rotation.rotate(request);
  }

  status(): Promise<EpochStatus[]> {
    return this.rotation.status();
  }

  /** Why an organisation is left out, where it is: that is no failure of its rotation. */
  skipped(organisation: string): 'quarantined' | 'ended' | undefined {
    if (this.platform.quarantines.of(organisation)) return 'quarantined';
    return this.ended.has(organisation) ? 'ended' : undefined;
  }

  /** Rotations that are under way, or wait for their horizon. */
  pending(): Promise<RotationEntry[]> {
    return this.rotation.entries.inStates(['rewrapping', 'verifying', 'waiting']);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running?.catch(() => undefined);
    await this.pool.end();
  }

  private async schedule(): Promise<void> {
    const { keyEpochDays, keyHorizonDays } = this.platform.config;
    const run = { wait: false, signal: this.stopping.signal };
    // With another process at it there is nothing left for us.
    if (!(await this.rotation.resume(run))) return;
    for (const { organisation, epoch, problem } of await this.pending()) {
      if (problem) this.platform.log.error({ organisation, epoch, problem }, 'the rotation of keys has stopped');
    }
    if (keyEpochDays === 0 || this.stopping.signal.aborted) return;
    // All at once: a key-encryption key ends only when no organisation is under it any more.
    const oldest = this.clock.now().getTime() - keyEpochDays * dayMilliseconds;
    const epochs = [...(await this.rotation.entries.epochs()).values()];
    if (!epochs.some(({ since }) => since.getTime() <= oldest)) return;
    await this.rotation.rotate({ ...run, horizonMilliseconds: keyHorizonDays * dayMilliseconds });
  }
}
