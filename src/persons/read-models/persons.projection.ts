import { when, type Projection, type RowWriter } from '@ardoise/projections';
import {
  externalIdRecorded,
  externalIdRemoved,
  personMerged,
  personRegistered,
  personUnmerged,
  profileValueRecorded,
  type PersonOpened,
} from '../domain/events';
import { ExternalIdRow } from './external-id.row';
import { IdentityRow } from './identity.row';
import { PersonMergeRow } from './person-merge.row';
import { PersonRow } from './person.row';

/** The person's row counts the events of the account unit; those of a profile value are of that value's own unit. */
function count({ organisation, version }: PersonOpened, person: string, write: RowWriter): void {
  write.patch(PersonRow, { organisation, person }, { version: version + 1 });
}

export const personsProjection: Projection = {
  name: 'persons',
  version: 1,
  tables: [PersonRow, IdentityRow, ExternalIdRow, PersonMergeRow],
  on: {
    ...when(personRegistered, ({ organisation, sections: { self }, version, recordedAt }, write) => {
      if (!self) return;
      const { person, unit, fields } = self;
      write.put(PersonRow, {
        organisation,
        person,
        unit,
        kinds: [...fields.kinds],
        certifiedAge: fields.certifiedAge ?? null,
        version: version + 1,
        recordedAt,
      });
    }),
    ...when(profileValueRecorded, ({ organisation, id, sections: { self }, version, position, recordedAt }, write) => {
      if (!self) return;
      const { person, unit, fields, source, occurredAt } = self;
      write.put(IdentityRow, {
        organisation,
        event: id,
        person,
        unit,
        name: fields.name,
        value: fields.value,
        corrects: fields.corrects ?? null,
        reason: fields.reason ?? null,
        source,
        version: version + 1,
        position: position.toString(),
        occurredAt,
        recordedAt,
      });
    }),
    ...when(externalIdRecorded, (event, write) => {
      const { organisation, sections, recordedAt } = event;
      if (!sections.self) return;
      const { person, unit, fields } = sections.self;
      const externalId = fields.externalId.normalize('NFC');
      write.put(ExternalIdRow, { organisation, person, system: fields.system, externalId, unit, recordedAt });
      count(event, person, write);
    }),
    ...when(externalIdRemoved, (event, write) => {
      const { organisation, sections } = event;
      if (!sections.self) return;
      const { person, fields } = sections.self;
      const externalId = fields.externalId.normalize('NFC');
      write.remove(ExternalIdRow, { organisation, person, system: fields.system, externalId });
      count(event, person, write);
    }),
    ...when(personMerged, (event, write) => {
      const { organisation, sections, recordedAt } = event;
      if (!sections.self) return;
      const { person, unit, fields } = sections.self;
      write.put(PersonMergeRow, { organisation, person, unit, mergedInto: fields.into, recordedAt });
      count(event, person, write);
    }),
    ...when(personUnmerged, (event, write) => {
      const { organisation, sections } = event;
      if (!sections.self) return;
      write.remove(PersonMergeRow, { organisation, person: sections.self.person });
      count(event, sections.self.person, write);
    }),
  },
};
