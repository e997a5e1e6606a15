import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder, type CommandContext } from '@ardoise/decider';
import { VaultError, type Vault } from '@ardoise/vault';
import type { RecordedThing } from '../../../platform/recorded-thing';
import { VAULT } from '../../../platform/tokens';
import { person } from '../../domain/person';
import { cycle, PersonAliases } from '../person-aliases';
import { PersonStreams, recordedPerson } from '../person-streams';
import { MergePersonCommand } from './merge-person.command';

@CommandHandler(MergePersonCommand)
export class MergePersonHandler implements ICommandHandler<MergePersonCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly streams: PersonStreams,
    private readonly aliases: PersonAliases,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  async execute({ context, person: id, into }: MergePersonCommand): Promise<RecordedThing> {
    const { organisation } = context;
    const { stream, repeated } = await this.streams.before(context, id);
    if (!repeated && into !== id) await this.aliases.check(organisation, id, into);
    const outcome = await this.recorder.execute(person, stream, { type: 'merge', person: id, into }, context);
    try {
      await this.aliases.follow(organisation, id, stream);
    } catch (error) {
      if (!(error instanceof VaultError && error.code === 'alias-cycle')) throw error;
      await this.undo(context, id, stream, outcome.events[0]?.id ?? '');
      throw cycle();
    }
    return recordedPerson(id, outcome);
  }

  /** Two that were merged into each other at once: the vault took the first, and the log is told to follow. */
  private async undo(context: CommandContext, id: string, stream: string, merged: string): Promise<void> {
    const { organisation, service, source } = context;
    const commandId = (await this.vault.naming(organisation)).step(merged, 'undo-merge');
    await this.recorder.execute(
      person,
      stream,
      { type: 'unmerge', person: id },
      { organisation, commandId, source, causation: merged, ...(service === undefined ? {} : { service }) },
    );
  }
}
