import { ApiProperty } from '@nestjs/swagger';
import type { Dismissal, ReactionCheckpoint } from '@ardoise/reactions';

class DeadLetterView {
  @ApiProperty({ description: 'Id of the event that the reaction could not take.' })
  event: string;

  @ApiProperty()
  position: string;

  @ApiProperty({ description: 'Why, as a code.' })
  code: string;
}

export class ReactionView {
  @ApiProperty()
  reaction: string;

  @ApiProperty({ description: 'What follows from everything up to this position has been done.' })
  position: string;

  @ApiProperty({ enum: ['running', 'stopped'] })
  state: string;

  @ApiProperty({ required: false, description: 'What it stands still at, until that is tried again or dismissed.' })
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

export function reactionView({ reaction, position, stopped }: ReactionCheckpoint): ReactionView {
  const view = { reaction, position: position.toString(), state: stopped ? 'stopped' : 'running' };
  return stopped ? { ...view, deadLetter: { ...stopped, position: stopped.position.toString() } } : view;
}

export function dismissalView({ reaction, event, position, code, dismissedAt }: Dismissal): DismissalView {
  return { reaction, event, position: position.toString(), code, dismissedAt: dismissedAt.toISOString() };
}
