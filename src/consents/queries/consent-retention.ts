import { Injectable } from '@nestjs/common';
import { Recorder } from '@ardoise/decider';
import { kindOf } from '@ardoise/format';
import { Clock } from '@ardoise/time';
import type { ErasureParticipant } from '../../platform/capability';
import { consent } from '../domain/consent';

/** The proof of a consent is kept from its end: the choice that ended it, or the erasure itself. */
@Injectable()
export class ConsentRetention implements ErasureParticipant {
  constructor(
    private readonly recorder: Recorder,
    private readonly clock: Clock,
  ) {}

  async startsAt(organisation: string, stream: string): Promise<Date | undefined> {
    if (kindOf(stream) !== consent.kind) return undefined;
    const { state } = await this.recorder.fold(consent, organisation, stream);
    if (state.since === undefined) return undefined;
    return state.choice === 'given' ? this.clock.now() : new Date(state.since);
  }
}
