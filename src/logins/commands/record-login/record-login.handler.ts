import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder, type CommandContext } from '@ardoise/decider';
import { retentionEnd } from '@ardoise/policy';
import { Clock, dayBefore, localDay } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { OrganisationDirectory } from '../../../organisations/queries/organisation-directory';
import { PersonDirectory } from '../../../persons/queries/person-directory';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { VAULT } from '../../../platform/tokens';
import { loginDay } from '../../domain/login-day';
import { RecordLoginCommand } from './record-login.command';

@CommandHandler(RecordLoginCommand)
export class RecordLoginHandler implements ICommandHandler<RecordLoginCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly organisations: OrganisationDirectory,
    private readonly persons: PersonDirectory,
    private readonly clock: Clock,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  async execute({ context, person, login }: RecordLoginCommand): Promise<RecordedThing> {
    const { organisation } = context;
    const policy = this.organisations.policy(organisation);
    await this.persons.requireLiving(organisation, person);
    const instant = context.occurredAt === undefined ? this.clock.now() : new Date(context.occurredAt);
    const today = localDay(instant, policy.timeZone);
    const day = context.occurredAt === undefined ? await this.dayOf(context, person, today) : today;
    const keptUntil = retentionEnd(policy, 'technical', instant).toISOString();
    const outcome = await this.recorder.execute(
      loginDay,
      await this.stream(organisation, person, day),
      { type: 'record-login', person, day, keptUntil, login },
      context,
    );
    const thing = recordedThing(outcome);
    return { ...thing, id: thing.events[0] ?? thing.id };
  }

  /** A command that says no time and is repeated after midnight meets the day on which it was carried out first. */
  private async dayOf({ organisation, commandId }: CommandContext, person: string, today: string): Promise<string> {
    const yesterday = dayBefore(today);
    const stream = await this.stream(organisation, person, yesterday);
    const { events } = await this.recorder.load(loginDay, organisation, stream);
    const command = (await this.vault.naming(organisation)).command(stream, commandId).toString('hex');
    return events.some((event) => event.command === command) ? yesterday : today;
  }

  private async stream(organisation: string, person: string, day: string): Promise<string> {
    return `${loginDay.kind}-${(await this.vault.naming(organisation)).id('login', person, day)}`;
  }
}
