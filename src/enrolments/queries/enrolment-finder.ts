import { Inject, Injectable } from '@nestjs/common';
import { Recorder } from '@ardoise/decider';
import { kindOf } from '@ardoise/format';
import type { UnitEntry, Vault } from '@ardoise/vault';
import { VAULT } from '../../platform/tokens';
import { enrolment, type Enrolment } from '../domain/enrolment';
import { isEnded } from '../domain/transitions';

/** An enrolment with the id of its stream. */
export interface FoundEnrolment extends Enrolment {
  readonly enrolment: string;
}

/** Finds a person's enrolments by the vault's index, in the log itself: no read model lags behind a decision. */
@Injectable()
export class EnrolmentFinder {
  constructor(
    private readonly recorder: Recorder,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** Streams of the enrolments of a person and of every alias. @throws VaultError `person-unknown` */
  async streams(organisation: string, person: string): Promise<string[]> {
    const units = await this.vault.unitsOf(organisation, await this.vault.aliases(organisation, person));
    const own = units.filter((unit) => kindOf(unit.stream) === enrolment.kind && isReadable(unit));
    return [...new Set(own.map(({ stream }) => stream))];
  }

  /** Of these streams, the enrolments that have not ended. */
  async live(organisation: string, streams: readonly string[]): Promise<FoundEnrolment[]> {
    const folded = await Promise.all(
      streams.map(async (stream) => {
        const { state } = await this.recorder.fold(enrolment, organisation, stream);
        return state.known && { ...state.known, enrolment: stream.slice(-32) };
      }),
    );
    return folded.filter((found): found is FoundEnrolment => found !== undefined && !isEnded(found.state));
  }
}

const isReadable = ({ state }: UnitEntry): boolean => state === 'active' || state === 'held';
