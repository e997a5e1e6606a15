import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiCommand, IdPipe } from '@ardoise/http';
import { WebhookOutbox } from '../outbox/webhook-outbox';
import { WebhookReplays } from '../outbox/webhook-replays';
import { Webhooks } from '../subscriptions/webhooks';
import { CountView, DeadLettersBody, ReplayBody } from './webhook-bodies';

/** Telling again, and what to do with dead letters. */
@ApiTags('webhooks')
@Controller('v1/organisations/:organisation/webhooks/:webhook')
export class DeliveriesHttp {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly outbox: WebhookOutbox,
    private readonly replays: WebhookReplays,
  ) {}

  @Post('replays')
  @HttpCode(202)
  @ApiCommand({ summary: 'Tell once more of what was recorded in a period, each message under the id that it had' })
  async replay(
    @Param('organisation') organisation: string,
    @Param('webhook', new IdPipe('webhook')) id: string,
    @Body() { from, until }: ReplayBody,
  ): Promise<void> {
    await this.replays.ask(await this.webhooks.get(organisation, id), new Date(from), new Date(until));
  }

  @Post('dead-letters/retry')
  @HttpCode(200)
  @ApiCommand({ summary: 'Try dead letters again, one or all', answers: CountView })
  async retry(
    @Param('organisation') organisation: string,
    @Param('webhook', new IdPipe('webhook')) id: string,
    @Body() { delivery }: DeadLettersBody,
  ): Promise<CountView> {
    await this.webhooks.get(organisation, id);
    return { count: await this.outbox.runtime.retry({ organisation, destination: id }, delivery) };
  }

  @Post('dead-letters/dismissal')
  @HttpCode(200)
  @ApiCommand({ summary: 'Let dead letters go, one or all', answers: CountView })
  async dismiss(
    @Param('organisation') organisation: string,
    @Param('webhook', new IdPipe('webhook')) id: string,
    @Body() { delivery }: DeadLettersBody,
  ): Promise<CountView> {
    await this.webhooks.get(organisation, id);
    return { count: await this.outbox.runtime.dismiss({ organisation, destination: id }, delivery) };
  }
}
