import { CommandBody, Day, Id, Int, OneOf, Text } from '@ardoise/http';
import { sessionModalities, type SessionOutline } from '../domain/events';

export class SessionRevisionBody extends CommandBody {
  @Text({ max: 200 })
  title: string;

  @Day({ description: 'First day.' })
  startsOn: string;

  @Day({ description: 'Last day.' })
  endsOn: string;

  @Int({ optional: true, min: 1, max: 100_000, description: 'Seats there are; left out: as many as are asked for.' })
  capacity?: number;

  @OneOf(sessionModalities)
  modality: (typeof sessionModalities)[number];

  @Text({ optional: true, max: 200 })
  location?: string;
}

export class SessionBody extends SessionRevisionBody {
  @Id({ description: 'The course that is held.' })
  course: string;
}

export function revisionOf(body: SessionRevisionBody): Omit<SessionOutline, 'course'> {
  const { title, startsOn, endsOn, capacity, modality, location } = body;
  return {
    title,
    startsOn,
    endsOn,
    modality,
    ...(capacity === undefined ? {} : { capacity }),
    ...(location === undefined ? {} : { location }),
  };
}
