import { ApiProperty } from '@nestjs/swagger';
import type { Outcome } from '@ardoise/decider';

/** What a command says of the thing that it recorded. */
export interface RecordedThing {
  readonly id: string;
  /** Count of the thing's events: the `ETag` to send back in `If-Match`. */
  readonly version: number;
  readonly repeated: boolean;
  /** Ids of the events that the command led to, for later corrections. */
  readonly events: readonly string[];
}

export function recordedThing(outcome: Outcome<unknown, { readonly id: string }>): RecordedThing {
  return {
    id: outcome.stream.slice(-32),
    version: outcome.version,
    repeated: outcome.repeated,
    events: outcome.events.map(({ id }) => id),
  };
}

/** The answer to a command. */
export class RecordedBody {
  @ApiProperty({ description: 'Id of the thing: 32 hexadecimal digits.' })
  id: string;

  @ApiProperty({ type: 'integer', description: 'Count of its events; the ETag.' })
  version: number;

  @ApiProperty({ type: [String], description: 'Ids of the events that were recorded; a correction names one of them.' })
  events: readonly string[];
}
