import { ApiProperty } from '@nestjs/swagger';
import type { ExternalIdRow } from '../read-models/external-id.row';
import type { IdentityRow } from '../read-models/identity.row';

export class ProfileValueView {
  @ApiProperty()
  name: string;

  @ApiProperty()
  value: string;

  @ApiProperty({ description: 'The version: the id of the event that recorded it.' })
  event: string;

  @ApiProperty({ description: 'The alias in whose record it stands.' })
  person: string;

  @ApiProperty({ format: 'date-time' })
  recordedAt: string;
}

/** One version of a profile value, with where it comes from. */
export class ProfileValueVersionView extends ProfileValueView {
  @ApiProperty({ description: 'Whether no newer version of this value is recorded.' })
  current: boolean;

  @ApiProperty()
  source: string;

  @ApiProperty({ format: 'date-time' })
  occurredAt: string;

  @ApiProperty({ required: false, description: 'The version that it says was wrong.' })
  corrects?: string;

  @ApiProperty({ required: false })
  reason?: string;
}

export class ExternalIdView {
  @ApiProperty()
  system: string;

  @ApiProperty()
  externalId: string;

  @ApiProperty({ description: 'The alias in whose record it stands.' })
  person: string;
}

export class PersonView {
  @ApiProperty()
  id: string;

  @ApiProperty({ type: 'integer' })
  version: number;

  @ApiProperty({ type: [String] })
  kinds: string[];

  @ApiProperty({ required: false, type: 'integer', description: 'Years that the person certified to have reached.' })
  certifiedAge?: number;

  @ApiProperty({ type: [ProfileValueView], description: 'The newest version of each value, over all aliases.' })
  profileValues: ProfileValueView[];

  @ApiProperty({ type: [ExternalIdView] })
  externalIds: ExternalIdView[];

  @ApiProperty({ type: [String], description: 'Other persons that were found to be the same.' })
  aliases: string[];

  @ApiProperty({ required: false, description: 'The person that this one was found to be a duplicate of.' })
  mergedInto?: string;
}

export class ListedPersonView {
  @ApiProperty()
  id: string;

  @ApiProperty({ type: [String] })
  kinds: string[];

  @ApiProperty({ required: false })
  givenName?: string;

  @ApiProperty({ required: false })
  familyName?: string;

  @ApiProperty({ required: false, description: 'The person that this one was found to be a duplicate of.' })
  mergedInto?: string;
}

/** The newest version of each value. @param rows oldest first */
export function currentOf(rows: readonly IdentityRow[]): IdentityRow[] {
  return [...new Map(rows.map((row) => [row.name, row])).values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function profileValueView({ name, value, event, person, recordedAt }: IdentityRow): ProfileValueView {
  return { name, value, event, person, recordedAt: new Date(recordedAt).toISOString() };
}

export function versionView(row: IdentityRow, current: boolean): ProfileValueVersionView {
  const { source, occurredAt, corrects, reason } = row;
  return {
    ...profileValueView(row),
    current,
    source,
    occurredAt: new Date(occurredAt).toISOString(),
    ...(corrects === null ? {} : { corrects }),
    ...(reason === null ? {} : { reason }),
  };
}

export function externalIdView({ system, externalId, person }: ExternalIdRow): ExternalIdView {
  return { system, externalId, person };
}
