import { when, type Projection } from '@ardoise/projections';
import { consentRecorded, noticeSeen } from '../domain/events';
import { ConsentRecordRow } from './consent-record.row';
import { ConsentRow } from './consent.row';
import { NoticeRow } from './notice.row';

export const consentsProjection: Projection = {
  name: 'consents',
  version: 1,
  tables: [ConsentRow, ConsentRecordRow, NoticeRow],
  on: {
    ...when(consentRecorded, (event, write) => {
      const { organisation, id, stream, version, position, recordedAt, sections } = event;
      if (!sections.self) return;
      const { person, unit, source, occurredAt, fields } = sections.self;
      const { purpose, choice, policyVersion, wording = null, channel } = fields;
      const of = { organisation, consent: stream.slice(-32), person, unit, purpose, choice, occurredAt };
      write.put(ConsentRow, { ...of, version: version + 1 });
      write.put(ConsentRecordRow, {
        ...of,
        event: id,
        policyVersion,
        wording,
        channel,
        source,
        position: position.toString(),
        recordedAt,
      });
    }),
    ...when(noticeSeen, ({ organisation, stream, recordedAt, sections: { self } }, write) => {
      if (!self) return;
      const { person, unit, occurredAt, fields } = self;
      write.put(NoticeRow, { organisation, seen: stream.slice(-32), person, unit, ...fields, occurredAt, recordedAt });
    }),
  },
};
