import { Module } from '@nestjs/common';
import { PersonsModule } from '../persons/persons.module';
import type { Capability } from '../platform/capability';
import { RecordLoginHandler } from './commands/record-login/record-login.handler';
import { RecordLoginHttp } from './commands/record-login/record-login.http';
import { loginEvents } from './domain/events';
import { loginDay } from './domain/login-day';
import { LoginsHttp } from './queries/logins.http';
import { loginMigrations } from './migrations';
import { loginsProjection } from './read-models/logins.projection';

@Module({
  imports: [PersonsModule],
  controllers: [LoginsHttp, RecordLoginHttp],
  providers: [RecordLoginHandler],
})
export class LoginsModule {}

export const logins: Capability = {
  name: 'logins',
  events: loginEvents,
  projections: [loginsProjection],
  reactions: [],
  deciders: [loginDay],
  migrations: loginMigrations,
  module: LoginsModule,
};
