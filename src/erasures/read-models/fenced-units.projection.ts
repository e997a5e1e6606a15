import { when, type Projection } from '@ardoise/projections';
import { keysFenced } from '../../keys/domain/events';
import { FencedUnitRow } from './fenced-unit.row';

export const fencedUnitsProjection: Projection = {
  name: 'fenced-units',
  version: 2,
  tables: [FencedUnitRow],
  on: when(keysFenced, ({ organisation, id, position, recordedAt, facts }, write) => {
    for (const [endedUnit] of facts.units) {
      const row = { organisation, endedUnit, event: id, position: position.toString(), cause: facts.cause, recordedAt };
      write.put(FencedUnitRow, row);
    }
  }),
};
