import { Injectable } from '@nestjs/common';
import { Recorder } from '@ardoise/decider';
import { kindOf } from '@ardoise/format';
import { DateTime } from 'luxon';
import { OrganisationDirectory } from '../../organisations/queries/organisation-directory';
import type { ErasureParticipant } from '../../platform/capability';
import { evidence } from '../domain/evidence';

/** Evidence that is kept beside an erasure is counted from the end of the training, not from its recording. */
@Injectable()
export class EvidenceRetention implements ErasureParticipant {
  constructor(
    private readonly recorder: Recorder,
    private readonly directory: OrganisationDirectory,
  ) {}

  async startsAt(organisation: string, stream: string): Promise<Date | undefined> {
    if (kindOf(stream) !== evidence.kind) return undefined;
    const { state } = await this.recorder.fold(evidence, organisation, stream);
    const { timeZone } = this.directory.policy(organisation);
    return state.kept && DateTime.fromISO(state.kept.endedOn, { zone: timeZone }).toJSDate();
  }
}
