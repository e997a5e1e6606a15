import { Inject, Injectable } from '@nestjs/common';
import { Recorder, type CommandContext } from '@ardoise/decider';
import type { Naming, Vault } from '@ardoise/vault';
import { EnrolmentRegister } from '../../enrolments/queries/enrolment-register';
import { hasPlace } from '../../platform/late-facts';
import { recordedThing, type RecordedThing } from '../../platform/recorded-thing';
import { VAULT } from '../../platform/tokens';
import { attendance, type AttendanceSaying } from '../domain/attendance';

/** The stream that holds the attendance of an enrolment: apart from its learning, for it may end at another time. */
export function attendanceStream(naming: Naming, enrolment: string): string {
  return `${attendance.kind}-${naming.id(attendance.kind, enrolment)}`;
}

/** The one way by which anything is recorded of somebody's attendance. */
@Injectable()
export class AttendanceDesk {
  constructor(
    private readonly recorder: Recorder,
    private readonly enrolments: EnrolmentRegister,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** The answer's id is the enrolment's. @throws Refusal */
  async record(id: string, saying: AttendanceSaying, context: CommandContext): Promise<RecordedThing> {
    const { organisation } = context;
    const stream = attendanceStream(await this.vault.naming(organisation), id);
    const { person, session, state, requestedAt, endedAt } = await this.enrolments.get(organisation, id);
    const known = {
      ...(session === undefined ? {} : { session }),
      ...(endedAt === undefined ? {} : { endedAt }),
    };
    const enrolment = { id, person, confirmed: hasPlace(state), requestedAt, ...known };
    const outcome = await this.recorder.execute(attendance, stream, { ...saying, enrolment }, context);
    return { ...recordedThing(outcome), id };
  }
}
