import { Module } from '@nestjs/common';
import type { Capability } from '../platform/capability';
import { DeadLetterHttp } from './commands/dead-letter.http';
import { ReactionsHttp } from './queries/reactions.http';

@Module({ controllers: [ReactionsHttp, DeadLetterHttp] })
export class DeadLettersModule {}

/** Events that a reaction could not take: looked at, tried again, let go. */
export const deadLetters: Capability = {
  name: 'dead-letters',
  events: [],
  projections: [],
  reactions: [],
  deciders: [],
  module: DeadLettersModule,
};
