import { ApiProperty } from '@nestjs/swagger';
import type { Dismissal, ParkedEvent, ReactionStanding } from '@ardoise/reactions';

class DeadLetterView {
  @ApiProperty({ description: 'Id of the event that the reaction could not take.' })
  event: string;

  @ApiProperty()
  position: string;

  @ApiProperty({ description: 'Why, as a code.' })
  code: string;
}

class ParkedEventView {
  @ApiProperty({ description: 'Id of the event.' })
  event: string;

  @ApiProperty()
  position: string;

  @ApiProperty({ description: 'Its stream, which waits; others go on.' })
  stream: string;

  @ApiProperty({ required: false, description: 'Why it was given up, as a code; absent: it waits for the one before.' })
  code?: string;
}

export class ReactionView {
  @ApiProperty()
  reaction: string;

  @ApiProperty({
    description: 'What follows from everything up to this position has been done, but for what is parked.',
  })
  position: string;

  @ApiProperty({ enum: ['running', 'stopped'] })
  state: string;

  @ApiProperty({
    type: [ParkedEventView],
    description: 'Dead letters that hold up their own stream only, and what waits behind them; at most 100.',
  })
  parked: ParkedEventView[];

  @ApiProperty({
    required: false,
    description: 'What all of it stands still at: too much is parked, or an event cannot be read.',
  })
  deadLetter?: DeadLetterView;
}

export class DismissalView extends DeadLetterView {
  @ApiProperty()
  reaction: string;

  @ApiProperty({ format: 'date-time' })
  dismissedAt: string;
}

export class ReactionsView {
  @ApiProperty({ type: [ReactionView] })
  reactions: ReactionView[];

  @ApiProperty({ type: [DismissalView], description: 'What was let go, the latest first.' })
  dismissed: DismissalView[];
}

export function reactionView({ reaction, position, stopped, parked }: ReactionStanding): ReactionView {
  const state = stopped ? 'stopped' : 'running';
  const view = { reaction, position: position.toString(), state, parked: parked.map(parkedView) };
  return stopped ? { ...view, deadLetter: { ...stopped, position: stopped.position.toString() } } : view;
}

function parkedView({ event, position, stream, code }: ParkedEvent): ParkedEventView {
  return { event, position: position.toString(), stream, ...(code === undefined ? {} : { code }) };
}

export function dismissalView({ reaction, event, position, code, dismissedAt }: Dismissal): DismissalView {
  return { reaction, event, position: position.toString(), code, dismissedAt: dismissedAt.toISOString() };
}
