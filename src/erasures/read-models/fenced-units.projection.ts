import { when, type Projection } from '@ardoise/projections';
import { keysFenced } from '../../keys/domain/events';
import { FencedUnitRow } from './fenced-unit.row';

export const fencedUnitsProjection: Projection = {
  name: 'fenced-units',
  version: 1,
  tables: [FencedUnitRow],
  on: when(keysFenced, ({ organisation, id, recordedAt, facts }, write) => {
    for (const [endedUnit] of facts.units) {
      write.put(FencedUnitRow, { organisation, endedUnit, event: id, cause: facts.cause, recordedAt });
    }
  }),
};
