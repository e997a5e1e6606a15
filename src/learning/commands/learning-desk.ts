import { Inject, Injectable } from '@nestjs/common';
import { Recorder, type CommandContext } from '@ardoise/decider';
import type { Naming, Vault } from '@ardoise/vault';
import { CourseCatalogue } from '../../courses/queries/course-catalogue';
import { EnrolmentRegister } from '../../enrolments/queries/enrolment-register';
import { hasPlace } from '../../platform/late-facts';
import { recordedThing, type RecordedThing } from '../../platform/recorded-thing';
import { VAULT } from '../../platform/tokens';
import type { Circumstances, Saying } from '../domain/commands';
import { learning } from '../domain/learning';
import { learningStream } from '../queries/learning-stream';

/** Where the learning of one enrolment is recorded, and what it is decided against. */
export interface LearningPlace extends Circumstances {
  readonly stream: string;
  readonly naming: Naming;
}

/** The one way by which anything is recorded of somebody's learning. */
@Injectable()
export class LearningDesk {
  constructor(
    private readonly recorder: Recorder,
    private readonly enrolments: EnrolmentRegister,
    private readonly courses: CourseCatalogue,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** @throws Refusal `enrolment-not-found`, `erased` */
  async open(organisation: string, id: string): Promise<LearningPlace> {
    const naming = await this.vault.naming(organisation);
    const { person, course, state, requestedAt, endedAt } = await this.enrolments.get(organisation, id);
    const definition = await this.courses.definition(organisation, course);
    const ended = endedAt === undefined ? {} : { endedAt };
    const enrolment = { id, person, course, confirmed: hasPlace(state), requestedAt, ...ended };
    return { stream: learningStream(naming, id), naming, enrolment, definition };
  }

  /** Calls of one place are recorded in the order of the calls. The answer's id is the enrolment's. */
  async record(place: LearningPlace, saying: Saying, context: CommandContext): Promise<RecordedThing> {
    const { stream, naming: _, ...circumstances } = place;
    const outcome = await this.recorder.execute(learning, stream, { ...saying, ...circumstances }, context);
    return { ...recordedThing(outcome), id: place.enrolment.id };
  }

  /** Opens and records. */
  async recordOne(enrolment: string, saying: Saying, context: CommandContext): Promise<RecordedThing> {
    return this.record(await this.open(context.organisation, enrolment), saying, context);
  }
}

/** The attempt that a command begins; the same command always means the same attempt. */
export function newAttempt({ naming, enrolment }: LearningPlace, { commandId }: CommandContext): string {
  return naming.id('attempt', enrolment.id, commandId);
}
