import { Inject, Injectable } from '@nestjs/common';
import { Recorder } from '@ardoise/decider';
import type { AnyOpened } from '@ardoise/sealing';
import type { Vault } from '@ardoise/vault';
import { Platform } from '../../platform/platform';
import { VAULT } from '../../platform/tokens';
import { erasure } from '../domain/erasure';
import type { ErasureOpened } from '../domain/events';
import { ErasureProcesses } from './erasure-processes';
import type { ErasureStep } from './erasure-steps';

/** Remembers what was decided, so that it is carried out. */
@Injectable()
export class ErasureBeginning {
  constructor(
    private readonly recorder: Recorder,
    private readonly processes: ErasureProcesses,
    private readonly platform: Platform,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** Idempotent. One that has its receipt is not begun again; one whose receipt the log has lost ends with the same. */
  async begin(event: AnyOpened): Promise<void> {
    const decided = event as Extract<ErasureOpened, { type: 'erasure-decided' }>;
    const person = decided.sections.self?.person;
    // The request itself has reached its end: what it asked for was carried out long ago.
    if (person === undefined) return;
    const { organisation, stream, recordedAt: decidedAt } = decided;
    if ((await this.recorder.load(erasure, organisation, stream)).state.state === 'completed') return;
    const id = stream.slice(-32);
    const known = await this.vault.person(organisation, person);
    const begunAgain = known !== undefined && known.state !== 'active';
    const isNew = await this.processes.remember({ organisation, erasure: id, person, decidedAt, begunAgain });
    if (!isNew) await this.processes.reopen(organisation, id, person);
    const step: ErasureStep = 'erasure/remembered';
    await this.platform.steps.done(step);
  }
}
