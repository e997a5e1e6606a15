import { when, type Projection } from '@ardoise/projections';
import { loginRecorded } from '../domain/events';
import { LoginRow } from './login.row';

export const loginsProjection: Projection = {
  name: 'logins',
  version: 1,
  tables: [LoginRow],
  on: {
    ...when(loginRecorded, ({ organisation, id, facts, sections: { self }, recordedAt }, write) => {
      if (!self) return;
      const { person, unit, occurredAt, fields } = self;
      write.put(LoginRow, {
        organisation,
        login: id,
        person,
        unit,
        day: facts.day,
        address: fields.address,
        device: fields.device ?? null,
        browser: fields.browser ?? null,
        operatingSystem: fields.operatingSystem ?? null,
        occurredAt,
        recordedAt,
      });
    }),
  },
};
