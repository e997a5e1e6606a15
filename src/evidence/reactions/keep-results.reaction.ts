import { Inject, Injectable } from '@nestjs/common';
import { Recorder, Refusal, type CommandContext } from '@ardoise/decider';
import { upon, type Reaction } from '@ardoise/reactions';
import type { OpenedEnvelope, OpenedSection } from '@ardoise/sealing';
import { VaultError, type Vault } from '@ardoise/vault';
import { CourseCatalogue } from '../../courses/queries/course-catalogue';
import { enrolmentCorrected, enrolmentEnded, realisedHoursRecorded } from '../../enrolments/domain/events';
import { EnrolmentRegister, type Outcome } from '../../enrolments/queries/enrolment-register';
import { learningStream } from '../../learning/queries/learning-stream';
import { OrganisationDirectory } from '../../organisations/queries/organisation-directory';
import { VAULT } from '../../platform/tokens';
import { evidence, type KeptResult } from '../domain/evidence';
import { evidenceLink } from '../domain/evidence-link';
import type { KeptOutcome } from '../domain/events';

interface AboutEnrolment extends OpenedEnvelope {
  readonly sections: { readonly learner?: Pick<OpenedSection, 'occurredAt'> };
}

/**
 * Keeps the result of a training that ended as evidence, where the organisation's profile keeps any, and lets the
 * learning name it. What is kept follows the enrolment as it is now: an end that is corrected, hours told later.
 */
@Injectable()
export class KeepResults implements Reaction {
  readonly name = 'keep-results';

  readonly on = {
    ...upon(enrolmentEnded, (event) => this.keep(event)),
    ...upon(enrolmentCorrected, (event) => this.keep(event)),
    ...upon(realisedHoursRecorded, (event) => this.keep(event)),
  };

  constructor(
    private readonly recorder: Recorder,
    private readonly directory: OrganisationDirectory,
    private readonly enrolments: EnrolmentRegister,
    private readonly courses: CourseCatalogue,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  private async keep(event: AboutEnrolment): Promise<void> {
    const { organisation, sections } = event;
    if (!sections.learner || !this.keepsEvidence(organisation)) return;
    try {
      await this.keepOf(event, event.stream.slice(-32));
    } catch (error) {
      // Erased since: nothing is to be kept any more, or it was kept on a ground of its own.
      if (!isErased(error)) throw error;
    }
  }

  private async keepOf({ organisation, id, sections }: AboutEnrolment, enrolment: string): Promise<void> {
    const naming = await this.vault.naming(organisation);
    const {
      person,
      course,
      outcome,
      endedOn,
      realisedHours: hours,
    } = await this.enrolments.get(organisation, enrolment);
    const stream = learningStream(naming, enrolment);
    const { state: link } = await this.recorder.fold(evidenceLink, organisation, stream);
    const kept = outcomeToKeep(outcome, link.evidence !== undefined);
    if (kept === undefined) return;
    const keeping = naming.step(id, 'keep-result');
    const place =
      link.evidence === undefined ? naming.stream(evidence.kind, keeping) : `${evidence.kind}-${link.evidence}`;
    const { title, certification } = await this.courses.definition(organisation, course);
    const { state: before } = await this.recorder.fold(evidence, organisation, place);
    const day = endedOn ?? before.kept?.endedOn;
    if (day === undefined) return;
    const result: KeptResult = {
      courseTitle: title,
      outcome: kept,
      ...(hours === undefined ? {} : { hours }),
      endedOn: day,
      ...(certification === undefined ? {} : { certification: `${certification.register} ${certification.code}` }),
    };
    const occurredAt = sections.learner?.occurredAt;
    const context: CommandContext = {
      organisation,
      service: 'evidence',
      source: 'system',
      commandId: keeping,
      ...(occurredAt === undefined ? {} : { occurredAt }),
    };
    // No causation: what survives must not lead back to what it was kept of.
    await this.recorder.execute(evidence, place, { person, result }, context);
    const linking = { ...context, commandId: naming.step(id, 'link-evidence'), causation: id };
    await this.recorder.execute(evidenceLink, stream, { person, evidence: place.slice(-32) }, linking);
  }

  private keepsEvidence(organisation: string): boolean {
    return this.directory.policy(organisation).categories.evidence.purposes.length > 0;
  }
}

function outcomeToKeep(outcome: Outcome | undefined, keptBefore: boolean): KeptOutcome | undefined {
  if (outcome === 'completed' || outcome === 'failed') return outcome;
  return keptBefore ? 'annulled' : undefined;
}

function isErased(error: unknown): boolean {
  if (error instanceof Refusal) return error.kind === 'gone';
  return error instanceof VaultError && (error.code === 'person-erased' || error.code === 'unit-ended');
}
