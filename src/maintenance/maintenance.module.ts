import { Module } from '@nestjs/common';
import type { Capability } from '../platform/capability';
import { Maintenance } from './maintenance';
import { maintenanceMigrations } from './migrations';

@Module({ providers: [Maintenance], exports: [Maintenance] })
export class MaintenanceModule {}

export const maintenance: Capability = {
  name: 'maintenance',
  events: [],
  projections: [],
  reactions: [],
  deciders: [],
  migrations: maintenanceMigrations,
  module: MaintenanceModule,
};
