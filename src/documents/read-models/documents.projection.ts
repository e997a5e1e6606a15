import { when, type Projection } from '@ardoise/projections';
import { documentRecorded, documentWithdrawn } from '../domain/events';
import { DocumentRow } from './document.row';

export const documentsProjection: Projection = {
  name: 'documents',
  version: 1,
  tables: [DocumentRow],
  on: {
    ...when(documentRecorded, ({ organisation, stream, recordedAt, sections: { self } }, write) => {
      if (!self) return;
      const { unit, person, occurredAt, fields } = self;
      const { kind, mediaType, length, enrolment = null, session = null } = fields;
      write.put(DocumentRow, {
        organisation,
        document: stream.slice(-32),
        unit,
        person,
        kind,
        mediaType,
        length: String(length),
        enrolment,
        session,
        withdrawn: false,
        occurredAt,
        recordedAt,
      });
    }),
    ...when(documentWithdrawn, ({ organisation, stream, sections: { self } }, write) => {
      if (!self) return;
      write.patch(DocumentRow, { organisation, document: stream.slice(-32) }, { withdrawn: true });
    }),
  },
};
