import { Module } from '@nestjs/common';
import type { Capability } from '../platform/capability';
import { OuladImport } from './oulad/oulad-import';

@Module({ providers: [OuladImport], exports: [OuladImport] })
export class ImportsModule {}

/** Data of other systems, taken over through the commands of the capabilities. */
export const imports: Capability = {
  name: 'imports',
  events: [],
  projections: [],
  reactions: [],
  deciders: [],
  module: ImportsModule,
};
