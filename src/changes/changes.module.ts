import { Module } from '@nestjs/common';
import type { Capability } from '../platform/capability';
import { ChangeFeeds } from './queries/change-feeds';
import { ChangesHttp } from './queries/changes.http';

@Module({ controllers: [ChangesHttp], providers: [ChangeFeeds] })
export class ChangesModule {}

/** What is recorded, told live to whoever listens; records nothing. */
export const changes: Capability = {
  name: 'changes',
  events: [],
  projections: [],
  reactions: [],
  deciders: [],
  module: ChangesModule,
};
