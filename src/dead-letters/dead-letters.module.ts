import { Module } from '@nestjs/common';
import type { Capability } from '../platform/capability';
import { DeadLetterHttp } from './commands/dead-letter.http';
import { ProcessLetterHttp } from './commands/process-letter.http';
import { ProcessesHttp } from './queries/processes.http';
import { ReactionsHttp } from './queries/reactions.http';

@Module({ controllers: [ReactionsHttp, DeadLetterHttp, ProcessesHttp, ProcessLetterHttp] })
export class DeadLettersModule {}

/** What a reaction or a process could not take: looked at, tried again, let go. */
export const deadLetters: Capability = {
  name: 'dead-letters',
  events: [],
  projections: [],
  reactions: [],
  deciders: [],
  module: DeadLettersModule,
};
