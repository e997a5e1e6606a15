import { CommandBody, Flag, Id, ListOf, Num, OneOf } from '@ardoise/http';
import type { EnrolmentRequest } from '../../domain/enrolment';
import { traineeKinds, type TraineeKind } from '../../domain/events';
import { FunderBody, fundersOf } from '../funder-body';

export class RequestEnrolmentBody extends CommandBody {
  @Id()
  person: string;

  @Id()
  course: string;

  @Id({ optional: true, description: 'A session of the course; left out where one learns at one’s own pace.' })
  session?: string;

  @OneOf(traineeKinds, { description: 'As the bilan pédagogique et financier counts trainees.' })
  traineeKind: TraineeKind;

  @ListOf(() => FunderBody, { optional: true, max: 20, description: 'Who pays; the shares add up to 10,000.' })
  funders?: FunderBody[];

  @Num({ optional: true, max: 10_000 })
  plannedHours?: number;

  @Flag({
    optional: true,
    description: 'Confirmed at once, for what is past; only where the session has no capacity, or there is none.',
  })
  confirmed?: boolean;
}

export function requestOf(body: RequestEnrolmentBody): EnrolmentRequest {
  const { person, course, session, traineeKind, funders = [], plannedHours, confirmed = false } = body;
  return {
    person,
    course,
    traineeKind,
    funders: fundersOf(funders),
    confirmed,
    ...(session === undefined ? {} : { session }),
    ...(plannedHours === undefined ? {} : { plannedHours }),
  };
}
