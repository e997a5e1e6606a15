import { CommandBody, Text } from '@ardoise/http';

/** The end of a consent. Nobody is asked for a reason (MIRA-02). */
export class ConsentEndBody extends CommandBody {
  @Text({ max: 100, description: 'How it ended: web, email, paper, a schedule…' })
  channel: string;
}
