import { ApiProperty } from '@nestjs/swagger';
import { FunderBody } from '../commands/funder-body';
import { invoicesOf, type Enrolment } from '../domain/enrolment';
import { enrolmentStates, outcomes, traineeKinds, type Funder } from '../domain/events';
import type { EnrolmentRow } from '../read-models/enrolment.row';

export class EnrolmentView {
  @ApiProperty()
  id: string;

  @ApiProperty({ type: 'integer' })
  version: number;

  @ApiProperty()
  person: string;

  @ApiProperty()
  course: string;

  @ApiProperty({ required: false })
  session?: string;

  @ApiProperty({ enum: enrolmentStates })
  state: string;

  @ApiProperty({ enum: traineeKinds })
  traineeKind: string;

  @ApiProperty({ type: [FunderBody] })
  funders: readonly Funder[];

  @ApiProperty({ required: false })
  plannedHours?: number;

  @ApiProperty({ required: false })
  realisedHours?: number;

  @ApiProperty({ format: 'date-time' })
  requestedAt: string;

  @ApiProperty({ enum: outcomes, required: false })
  outcome?: string;

  @ApiProperty({ format: 'date', required: false })
  endedOn?: string;
}

export class EnrolmentDetailView extends EnrolmentView {
  @ApiProperty({ type: [String], description: 'Invoices that bill it.' })
  invoices: readonly string[];
}

export function detailView(id: string, version: number, known: Enrolment): EnrolmentDetailView {
  const { person, course, session, state, traineeKind, funders, plannedHours, realisedHours } = known;
  const { requestedAt, outcome, endedOn } = known;
  return {
    id,
    version,
    person,
    course,
    ...(session === undefined ? {} : { session }),
    state,
    traineeKind,
    funders,
    ...(plannedHours === undefined ? {} : { plannedHours }),
    ...(realisedHours === undefined ? {} : { realisedHours }),
    requestedAt,
    ...(outcome === undefined ? {} : { outcome }),
    ...(endedOn === undefined ? {} : { endedOn }),
    invoices: invoicesOf(known),
  };
}

export function enrolmentView(row: EnrolmentRow): EnrolmentView {
  const { session, plannedHours, realisedHours, outcome, endedOn } = row;
  return {
    id: row.enrolment,
    version: row.version,
    person: row.person,
    course: row.course,
    ...(session === null ? {} : { session }),
    state: row.state,
    traineeKind: row.traineeKind,
    funders: row.funders,
    ...(plannedHours === null ? {} : { plannedHours: Number(plannedHours) }),
    ...(realisedHours === null ? {} : { realisedHours: Number(realisedHours) }),
    requestedAt: new Date(row.requestedAt).toISOString(),
    ...(outcome === null ? {} : { outcome }),
    ...(endedOn === null ? {} : { endedOn }),
  };
}
