import { ApiProperty } from '@nestjs/swagger';
import { sessionModalities } from '../domain/events';
import type { SessionRow } from '../read-models/session.row';
import type { SessionTrainerRow } from '../read-models/session-trainer.row';

export class PlacesView {
  @ApiProperty({ type: 'integer', required: false, description: 'Absent: as many as are asked for.' })
  capacity?: number;

  @ApiProperty({ type: 'integer', description: 'Held for a short time, not confirmed yet.' })
  held: number;

  @ApiProperty({ type: 'integer' })
  confirmed: number;

  @ApiProperty({ type: 'integer', description: 'On the waiting list.' })
  queued: number;

  @ApiProperty({ type: 'integer', required: false, description: 'Absent where there is no capacity.' })
  free?: number;
}

export class TrainerView {
  @ApiProperty({ description: 'Id of the event that assigned; a release names it.' })
  assignment: string;

  @ApiProperty()
  person: string;

  @ApiProperty()
  role: string;
}

export class SessionView {
  @ApiProperty()
  id: string;

  @ApiProperty({ type: 'integer' })
  version: number;

  @ApiProperty()
  course: string;

  @ApiProperty()
  title: string;

  @ApiProperty({ format: 'date' })
  startsOn: string;

  @ApiProperty({ format: 'date' })
  endsOn: string;

  @ApiProperty({ enum: sessionModalities })
  modality: string;

  @ApiProperty({ required: false })
  location?: string;

  @ApiProperty()
  cancelled: boolean;

  @ApiProperty({ type: PlacesView })
  places: PlacesView;

  @ApiProperty({ type: [TrainerView] })
  trainers: TrainerView[];
}

export interface SeatCounts {
  readonly held: number;
  readonly confirmed: number;
  readonly queued: number;
}

export function sessionView(row: SessionRow, seats: SeatCounts, trainers: readonly SessionTrainerRow[]): SessionView {
  const { capacity, location } = row;
  const { held, confirmed, queued } = seats;
  const bounded = capacity === null ? {} : { capacity, free: Math.max(0, capacity - held - confirmed) };
  return {
    id: row.session,
    version: row.version,
    course: row.course,
    title: row.title,
    startsOn: row.startsOn,
    endsOn: row.endsOn,
    modality: row.modality,
    ...(location === null ? {} : { location }),
    cancelled: row.cancelled,
    places: { ...bounded, held, confirmed, queued },
    trainers: trainers.map(({ assignment, person, role }) => ({ assignment, person, role })),
  };
}
