import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiCommand, Id, ProblemError } from '@ardoise/http';
import { Reactions } from '../../platform/reactions';
import { type ReactionView, ReactionView as View, reactionView } from '../queries/reaction.view';

class DeadLetterBody {
  @Id({ description: 'The event that the reaction gave up or stands still at, so that no other is meant.' })
  event: string;
}

/** What to do with the event that a reaction could not take. */
@ApiTags('reactions')
@Controller('v1/organisations/:organisation/reactions/:reaction/dead-letter')
export class DeadLetterHttp {
  constructor(private readonly reactions: Reactions) {}

  @Post('retry')
  @HttpCode(200)
  @ApiCommand({ summary: 'Let a reaction try again an event that it gave up or stands still at', answers: View })
  async retry(
    @Param('organisation') organisation: string,
    @Param('reaction') reaction: string,
    @Body() { event }: DeadLetterBody,
  ): Promise<ReactionView> {
    await this.mustStandAt(organisation, reaction, event);
    await this.reactions.running().restart(organisation, reaction, event);
    return this.view(organisation, reaction);
  }

  @Post('dismissal')
  @HttpCode(200)
  @ApiCommand({
    summary: 'Let the event go: what should follow from it does not, and what waits behind it goes on',
    answers: View,
  })
  async dismiss(
    @Param('organisation') organisation: string,
    @Param('reaction') reaction: string,
    @Body() { event }: DeadLetterBody,
  ): Promise<ReactionView> {
    await this.mustStandAt(organisation, reaction, event);
    await this.reactions.running().dismiss(organisation, reaction, event);
    return this.view(organisation, reaction);
  }

  private async mustStandAt(organisation: string, reaction: string, event: string): Promise<void> {
    const found = (await this.reactions.running().of(organisation)).find((one) => one.reaction === reaction);
    if (!found) throw new ProblemError(404, 'reaction-not-found', 'there is no such reaction');
    if (found.stopped?.event === event) return;
    if (found.parked.some((one) => one.event === event && one.code !== undefined)) return;
    throw new ProblemError(409, 'dead-letter-another', 'the reaction did not give up this event', [
      { at: '/event', detail: 'must be the event of a dead letter of the reaction' },
    ]);
  }

  private async view(organisation: string, reaction: string): Promise<ReactionView> {
    const all = await this.reactions.running().of(organisation);
    const found = all.find((one) => one.reaction === reaction);
    if (found) return reactionView(found);
    throw new ProblemError(404, 'reaction-not-found', 'there is no such reaction');
  }
}
