import { when, type Projection } from '@ardoise/projections';
import { resultKept } from '../domain/events';
import { KeptResultRow } from './kept-result.row';

export const keptResultsProjection: Projection = {
  name: 'kept-results',
  version: 1,
  tables: [KeptResultRow],
  on: when(resultKept, ({ organisation, stream, recordedAt, sections: { learner } }, write) => {
    if (!learner) return;
    const { unit, person, fields } = learner;
    const { courseTitle, outcome, hours, endedOn, certification = null } = fields;
    write.put(KeptResultRow, {
      organisation,
      evidence: stream.slice(-32),
      unit,
      person,
      courseTitle,
      outcome,
      hours: hours === undefined ? null : hours.toFixed(4),
      endedOn,
      certification,
      recordedAt,
    });
  }),
};
