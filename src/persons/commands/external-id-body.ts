import { CommandBody, Key, Text } from '@ardoise/http';

/** An external id that is recorded or removed. */
export class ExternalIdCommandBody extends CommandBody {
  @Key({ description: 'A system whose numbers the organisation keeps.', example: 'lms' })
  system: string;

  @Text({ max: 200 })
  externalId: string;
}
