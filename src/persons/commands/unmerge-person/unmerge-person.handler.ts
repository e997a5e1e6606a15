import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder } from '@ardoise/decider';
import type { RecordedThing } from '../../../platform/recorded-thing';
import { person } from '../../domain/person';
import { PersonAliases } from '../person-aliases';
import { PersonStreams, recordedPerson } from '../person-streams';
import { UnmergePersonCommand } from './unmerge-person.command';

@CommandHandler(UnmergePersonCommand)
export class UnmergePersonHandler implements ICommandHandler<UnmergePersonCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly streams: PersonStreams,
    private readonly aliases: PersonAliases,
  ) {}

  async execute({ context, person: id }: UnmergePersonCommand): Promise<RecordedThing> {
    const stream = await this.streams.of(context.organisation, id);
    const outcome = await this.recorder.execute(person, stream, { type: 'unmerge', person: id }, context);
    await this.aliases.follow(context.organisation, id, stream);
    return recordedPerson(id, outcome);
  }
}
