import { ApiProperty } from '@nestjs/swagger';
import { recorded } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { RecordedBody, type RecordedThing } from '../../platform/recorded-thing';

/** What was recorded of an attempt. */
export interface RecordedAttempt extends RecordedThing {
  readonly attempt: string;
}

export class AttemptBody extends RecordedBody {
  @ApiProperty({ description: 'Id of the attempt, for its grade.' })
  attempt: string;
}

export function attemptBody(reply: FastifyReply, thing: RecordedAttempt): AttemptBody {
  return { ...recorded(reply, thing), attempt: thing.attempt };
}
