import { Controller, Get, Param } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute, ProblemError } from '@ardoise/http';
import { DataSource } from 'typeorm';
import { OrganisationRow } from '../read-models/organisation.row';

class OrganisationView {
  @ApiProperty()
  organisation: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ type: 'integer', description: 'Number of the policy version in force.' })
  policy: number;

  @ApiProperty({ description: "SHA-256 of that version's canonical JSON." })
  policyDigest: string;

  @ApiProperty({ format: 'date-time' })
  policyAdoptedAt: string;
}

const view = (row: OrganisationRow): OrganisationView => ({
  organisation: row.organisation,
  name: row.name ?? '',
  policy: row.policy ?? 0,
  policyDigest: row.policyDigest ?? '',
  policyAdoptedAt: new Date(row.policyAdoptedAt ?? row.registeredAt).toISOString(),
});

@ApiTags('organisations')
@Controller('v1/organisations')
export class OrganisationsHttp {
  constructor(private readonly database: DataSource) {}

  @Get()
  @ApiQueryRoute({ summary: 'List organisations', answers: OrganisationView, list: true })
  async list(): Promise<{ items: OrganisationView[] }> {
    const rows = await this.database.getRepository(OrganisationRow).find({ order: { organisation: 'ASC' } });
    return { items: rows.map(view) };
  }

  @Get(':organisation')
  @ApiQueryRoute({ summary: 'One organisation', answers: OrganisationView })
  async one(@Param('organisation') organisation: string): Promise<OrganisationView> {
    const row = await this.database.getRepository(OrganisationRow).findOneBy({ organisation });
    if (!row) throw new ProblemError(404, 'organisation-not-found', 'there is no such organisation');
    return view(row);
  }
}
