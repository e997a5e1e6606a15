import { when, type Projection } from '@ardoise/projections';
import { disclosureMade } from '../domain/events';
import { MadeDisclosureRow } from './made-disclosure.row';

export const madeDisclosuresProjection: Projection = {
  name: 'made-disclosures',
  version: 1,
  tables: [MadeDisclosureRow],
  on: when(disclosureMade, ({ organisation, id, recordedAt, sections: { self } }, write) => {
    if (!self) return;
    const { unit, person, fields } = self;
    const { purpose = null, ...told } = fields;
    write.put(MadeDisclosureRow, { organisation, disclosure: id, unit, person, ...told, purpose, recordedAt });
  }),
};
