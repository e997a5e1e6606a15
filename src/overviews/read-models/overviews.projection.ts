import { when, type Projection, type RowWriter } from '@ardoise/projections';
import {
  enrolmentApproved,
  enrolmentCorrected,
  enrolmentDecided,
  enrolmentEnded,
  enrolmentMoved,
  enrolmentRequested,
  enrolmentStandingChanged,
  type EnrolmentOpened,
} from '../../enrolments/domain/events';
import {
  attemptGraded,
  learningCorrected,
  moduleCompleted,
  moduleOpened,
  moduleStarted,
  parkedFactDecided,
  timeRecorded,
  type LearningOpened,
} from '../../learning/domain/events';
import { OverviewEnrolmentRow } from './overview-enrolment.row';
import { OverviewModuleRow } from './overview-module.row';
import { OverviewScoreRow } from './overview-score.row';

type Learned<T extends LearningOpened['type']> = Extract<LearningOpened, { readonly type: T }>;

function stands(event: EnrolmentOpened, write: RowWriter, state: string | undefined): void {
  if (state === undefined) return;
  const { organisation, stream } = event;
  const confirmed = state === 'confirmed' ? { confirmed: true } : {};
  write.patch(OverviewEnrolmentRow, { organisation, enrolment: stream.slice(-32) }, { state, ...confirmed });
}

type ModuleFact = Learned<'module-opened' | 'module-started' | 'module-completed' | 'time-recorded'>;

const moduleFact =
  (reached: 1 | 2 | 3) =>
  ({ organisation, id, sections: { learner } }: ModuleFact, write: RowWriter): void => {
    if (!learner) return;
    const { unit, person, fields } = learner;
    const { course, module, standing } = fields;
    const seconds = 'seconds' in fields ? fields.seconds : 0;
    const counted = standing !== 'parked';
    write.put(OverviewModuleRow, { organisation, event: id, unit, course, person, module, reached, seconds, counted });
  };

function graded({ organisation, id, sections: { learner } }: Learned<'attempt-graded'>, write: RowWriter): void {
  if (!learner) return;
  const { unit, person, fields } = learner;
  const { course, assessment, passed, standing } = fields;
  const score = decimal(fields.score);
  const maximum = decimal(fields.maximum);
  const counted = standing !== 'parked';
  write.put(OverviewScoreRow, {
    organisation,
    event: id,
    unit,
    course,
    person,
    assessment,
    score,
    maximum,
    passed,
    counted,
  });
}

function corrected({ organisation, sections: { learner } }: Learned<'learning-corrected'>, write: RowWriter): void {
  if (!learner) return;
  const { fact: event, result } = learner.fields;
  const { counted, module, seconds, score, passed } = result;
  if (module !== undefined) {
    const time = seconds === undefined ? {} : { seconds };
    write.patch(OverviewModuleRow, { organisation, event }, { counted, module, ...time });
  }
  if (score !== undefined && passed !== undefined) {
    write.patch(OverviewScoreRow, { organisation, event }, { counted, score: decimal(score), passed });
  }
}

function decided({ organisation, sections: { learner } }: Learned<'parked-fact-decided'>, write: RowWriter): void {
  if (!learner) return;
  const { fact: event, accepted: counted } = learner.fields;
  write.patch(OverviewModuleRow, { organisation, event }, { counted });
  write.patch(OverviewScoreRow, { organisation, event }, { counted });
}

/** As text, and never with an exponent, which a column of decimals does not take. */
function decimal(value: number): string {
  return value.toFixed(9);
}

export const overviewsProjection: Projection = {
  name: 'overviews',
  version: 1,
  tables: [OverviewEnrolmentRow, OverviewModuleRow, OverviewScoreRow],
  on: {
    ...when(enrolmentRequested, ({ organisation, stream, sections: { learner } }, write) => {
      if (!learner) return;
      const { unit, fields } = learner;
      const { course } = fields;
      const enrolment = stream.slice(-32);
      write.put(OverviewEnrolmentRow, { organisation, enrolment, unit, course, state: 'requested', confirmed: false });
    }),
    ...when(enrolmentApproved, (event, write) => stands(event, write, event.sections.learner && 'approved')),
    ...when(enrolmentDecided, (event, write) => stands(event, write, event.sections.learner?.fields.decision)),
    ...when(enrolmentStandingChanged, (event, write) => {
      const standing = event.sections.learner?.fields.standing;
      stands(event, write, standing === 'resumed' ? 'confirmed' : standing);
    }),
    ...when(enrolmentMoved, (event, write) => stands(event, write, event.sections.learner && 'approved')),
    ...when(enrolmentEnded, (event, write) => stands(event, write, event.sections.learner?.fields.outcome)),
    ...when(enrolmentCorrected, (event, write) =>
      stands(event, write, event.sections.learner?.fields.afterwards.state),
    ),
    ...when(moduleOpened, moduleFact(1)),
    ...when(moduleStarted, moduleFact(2)),
    ...when(moduleCompleted, moduleFact(3)),
    ...when(timeRecorded, moduleFact(1)),
    ...when(attemptGraded, graded),
    ...when(learningCorrected, corrected),
    ...when(parkedFactDecided, decided),
  },
};
