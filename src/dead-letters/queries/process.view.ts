import { ApiProperty } from '@nestjs/swagger';
import { dismissalReasons, type ProcessDeadLetter, type ProcessDismissal } from '@ardoise/process-manager';

class ProcessLetterView {
  @ApiProperty({ description: 'Kind of the process.' })
  process: string;

  @ApiProperty({ description: 'Stream of the one that stands still; others of its kind go on.' })
  stream: string;

  @ApiProperty({
    description: '`step/NAME`, `timer/NAME`, `event/ID` of what it was told of, or `stream` where that cannot be read.',
  })
  standsAt: string;

  @ApiProperty({ description: 'Why, as a code.' })
  code: string;
}

export class ProcessDeadLetterView extends ProcessLetterView {
  @ApiProperty({ format: 'date-time' })
  failedAt: string;
}

export class ProcessDismissalView extends ProcessLetterView {
  @ApiProperty({ enum: dismissalReasons })
  reason: string;

  @ApiProperty({ format: 'date-time' })
  dismissedAt: string;
}

export function processDeadLetterView(letter: ProcessDeadLetter): ProcessDeadLetterView {
  const { process, stream, standsAt, code, failedAt } = letter;
  return { process, stream, standsAt, code, failedAt: failedAt.toISOString() };
}

export function processDismissalView(dismissal: ProcessDismissal): ProcessDismissalView {
  const { process, stream, standsAt, code, reason, dismissedAt } = dismissal;
  return { process, stream, standsAt, code, reason, dismissedAt: dismissedAt.toISOString() };
}
