import { Controller, Get, Param } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute, IdPipe } from '@ardoise/http';
import { DataSource, In } from 'typeorm';
import { PersonDirectory } from '../../persons/queries/person-directory';
import { recipientKinds } from '../domain/events';
import { MadeDisclosureRow } from '../read-models/made-disclosure.row';

class DisclosedSectionView {
  @ApiProperty({ description: 'The data category.' })
  category: string;

  @ApiProperty({ type: [String], description: 'Names of the fields.' })
  fields: readonly string[];
}

class MadeDisclosureView {
  @ApiProperty()
  id: string;

  @ApiProperty()
  recipient: string;

  @ApiProperty({ enum: recipientKinds })
  recipientKind: string;

  @ApiProperty({ description: 'Law or reason.' })
  ground: string;

  @ApiProperty({ required: false })
  purpose?: string;

  @ApiProperty({ description: 'What was disclosed of.' })
  event: string;

  @ApiProperty()
  eventType: string;

  @ApiProperty({ type: [DisclosedSectionView] })
  sections: readonly DisclosedSectionView[];

  @ApiProperty({ format: 'date-time' })
  recordedAt: string;
}

@ApiTags('disclosures')
@Controller('v1/organisations/:organisation/persons/:person/disclosures')
export class DisclosuresHttp {
  constructor(
    private readonly database: DataSource,
    private readonly persons: PersonDirectory,
  ) {}

  @Get()
  @ApiQueryRoute({
    summary: 'To whom data of a person were disclosed, which and on what ground, over all aliases, the latest first',
    answers: MadeDisclosureView,
    list: true,
  })
  async list(
    @Param('organisation') organisation: string,
    @Param('person', new IdPipe('person')) person: string,
  ): Promise<{ items: MadeDisclosureView[] }> {
    const persons = await this.persons.known(organisation, person);
    const rows = await this.database.getRepository(MadeDisclosureRow).find({
      where: { organisation, person: In([...persons]) },
      order: { recordedAt: 'DESC', disclosure: 'ASC' },
    });
    return { items: rows.map(view) };
  }
}

function view({ disclosure: id, purpose, recordedAt, ...row }: MadeDisclosureRow): MadeDisclosureView {
  const { recipient, recipientKind, ground, event, eventType, sections } = row;
  return {
    id,
    recipient,
    recipientKind,
    ground,
    ...(purpose === null ? {} : { purpose }),
    event,
    eventType,
    sections,
    recordedAt: new Date(recordedAt).toISOString(),
  };
}
