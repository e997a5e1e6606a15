import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { ApiCommand, Text } from '@ardoise/http';
import { MailOutbox } from '../outbox/mail-outbox';
import { mailDestination } from '../outbox/mail-planner';

class MailDeadLettersBody {
  @Text({ optional: true, max: 100, description: 'Id of one letter; all where nothing is said.' })
  letter?: string;
}

class LetterCountView {
  @ApiProperty({ type: 'integer' })
  count: number;
}

/** What to do with letters that no server took. */
@ApiTags('mail')
@Controller('v1/organisations/:organisation/mail/dead-letters')
export class MailDeadLettersHttp {
  constructor(private readonly outbox: MailOutbox) {}

  @Post('retry')
  @HttpCode(200)
  @ApiCommand({ summary: 'Try dead letters again, one or all', answers: LetterCountView })
  async retry(
    @Param('organisation') organisation: string,
    @Body() { letter }: MailDeadLettersBody,
  ): Promise<LetterCountView> {
    return { count: await this.outbox.runtime.retry({ organisation, destination: mailDestination }, letter) };
  }

  @Post('dismissal')
  @HttpCode(200)
  @ApiCommand({ summary: 'Let dead letters go, one or all', answers: LetterCountView })
  async dismiss(
    @Param('organisation') organisation: string,
    @Body() { letter }: MailDeadLettersBody,
  ): Promise<LetterCountView> {
    return { count: await this.outbox.runtime.dismiss({ organisation, destination: mailDestination }, letter) };
  }
}
