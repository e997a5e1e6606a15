import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder, Refusal } from '@ardoise/decider';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { OrganisationDirectory } from '../../../organisations/queries/organisation-directory';
import type { RecordedThing } from '../../../platform/recorded-thing';
import { VAULT } from '../../../platform/tokens';
import { person, type PersonCommand } from '../../domain/person';
import { checkRegistration } from '../../domain/profile';
import { ExternalIdClaims } from '../external-id-claims';
import { recordedPerson } from '../person-streams';
import { RegisterPersonCommand } from './register-person.command';

/**
 * Three steps, in an order that a repetition can enter anywhere: the vault admits the person, whose id follows from the
 * command; the external ids are claimed; one append registers everything. Nothing is admitted that would be refused.
 */
@CommandHandler(RegisterPersonCommand)
export class RegisterPersonHandler implements ICommandHandler<RegisterPersonCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly organisations: OrganisationDirectory,
    private readonly claims: ExternalIdClaims,
    private readonly clock: Clock,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  async execute({ context, registration }: RegisterPersonCommand): Promise<RecordedThing> {
    const { organisation, commandId } = context;
    const policy = this.organisations.policy(organisation);
    const id = (await this.vault.naming(organisation)).id('person', commandId);
    const stream = await this.recorder.newStream(person.kind, context);
    const command: PersonCommand = { type: 'register', person: id, policy, registration };
    const record = async (): Promise<RecordedThing> =>
      recordedPerson(id, await this.recorder.execute(person, stream, command, context));
    // What was recorded before is answered as it was then, whatever the profile or the calendar says today.
    const { version } = await this.recorder.fold(person, organisation, stream);
    if (version > 0) return record();
    checkRegistration(policy, registration, this.clock.now().toISOString());
    await this.vault.admitPerson(organisation, id, stream);
    const claimant = { person: id, stream };
    try {
      await this.claims.claim(organisation, claimant, registration.externalIds, '/externalIds');
      return await record();
    } catch (error) {
      // Of anything but a refusal nobody knows whether the append has happened: the repetition will find out.
      if (error instanceof Refusal) await this.claims.release(organisation, claimant, registration.externalIds);
      throw error;
    }
  }
}
