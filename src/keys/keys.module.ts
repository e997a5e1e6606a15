import { Module } from '@nestjs/common';
import type { Capability } from '../platform/capability';
import { keyEvents } from './domain/events';
import { keyring } from './domain/keyring';
import { endProviders } from './ends/providers';
import { endStandings } from './ends/standings';
import { endMigrations } from './ends/migrations';
import { Keyring } from './keyring';
import { GroupReceipts } from './queries/group-receipts';
import { KeyRotation } from './rotation/key-rotation';
import { Sweep } from './sweep/sweep';

@Module({
  providers: [Keyring, KeyRotation, Sweep, GroupReceipts, ...endProviders],
  exports: [Keyring, Sweep, GroupReceipts],
})
export class KeysModule {}

/** The organisation's record of its keys: what ended, was rotated, was lost, and why. */
export const keys: Capability = {
  name: 'keys',
  events: keyEvents,
  projections: [],
  reactions: [],
  deciders: [keyring],
  processes: endStandings,
  migrations: endMigrations,
  module: KeysModule,
};
