import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute } from '@ardoise/http';
import { Reactions } from '../../platform/reactions';
import { dismissalView, ReactionsView, reactionView } from './reaction.view';

/** What follows from events, and where it stands still. */
@ApiTags('reactions')
@Controller('v1/organisations/:organisation/reactions')
export class ReactionsHttp {
  constructor(private readonly reactions: Reactions) {}

  @Get()
  @ApiQueryRoute({
    summary: 'How far reactions are, the events that they gave up or stand still at, and those let go',
    answers: ReactionsView,
  })
  async all(@Param('organisation') organisation: string): Promise<ReactionsView> {
    const runtime = this.reactions.running();
    const [reactions, dismissed] = [await runtime.of(organisation), await runtime.dismissals(organisation)];
    return { reactions: reactions.map(reactionView), dismissed: dismissed.map(dismissalView) };
  }
}
