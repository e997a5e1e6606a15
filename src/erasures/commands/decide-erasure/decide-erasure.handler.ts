import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { notFound, Recorder, Refusal } from '@ardoise/decider';
import { Clock, localDay } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { OrganisationDirectory } from '../../../organisations/queries/organisation-directory';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { VAULT } from '../../../platform/tokens';
import { decideUnit, mayBeKept, summary } from '../../domain/decisions';
import { erasure } from '../../domain/erasure';
import { Participants } from '../../process/participants';
import { DecideErasureCommand } from './decide-erasure.command';

@CommandHandler(DecideErasureCommand)
export class DecideErasureHandler implements ICommandHandler<DecideErasureCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly directory: OrganisationDirectory,
    private readonly participants: Participants,
    private readonly clock: Clock,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  async execute({ context, person, requestedOn }: DecideErasureCommand): Promise<RecordedThing> {
    const { organisation } = context;
    // One stream a person: of two requests at once, one is decided and the other told so.
    const naming = await this.vault.naming(organisation);
    const stream = `${erasure.kind}-${naming.id(erasure.kind, person)}`;
    // A repeated request meets its first stream, also when what it asked for has been done since.
    if ((await this.recorder.load(erasure, organisation, stream)).version === 0)
      await this.mustLive(organisation, person);
    const decisions = await this.decisions(organisation, person);
    const { timeZone } = this.directory.policy(organisation);
    const day = requestedOn ?? localDay(this.clock.now(), timeZone);
    const command = { type: 'decide' as const, person, requestedOn: day, decisions };
    return recordedThing(await this.recorder.execute(erasure, stream, command, context));
  }

  private async mustLive(organisation: string, person: string): Promise<void> {
    const entry = await this.vault.person(organisation, person);
    if (!entry) throw notFound('person-not-found', 'there is no such person');
    if (entry.state !== 'active')
      throw new Refusal('gone', 'person-erased', 'this person has been erased, or is about to be');
  }

  private async decisions(organisation: string, person: string) {
    const policy = this.directory.policy(organisation);
    const persons = await this.vault.aliases(organisation, person);
    const units = (await this.vault.unitsOf(organisation, persons)).filter(
      ({ state }) => state === 'active' || state === 'held',
    );
    const inQuestion = units.filter(({ category }) => mayBeKept(policy, category));
    const streams = inQuestion.map(({ stream }) => stream);
    const starts = await this.participants.startsOf(organisation, streams);
    const now = this.clock.now();
    const decided = units.map(({ unit, category, createdAt, stream }) => {
      const startsAt = starts.get(stream);
      return decideUnit(policy, { unit, category, createdAt, ...(startsAt ? { startsAt } : {}) }, now);
    });
    return summary(decided);
  }
}
