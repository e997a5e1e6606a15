import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { conflict, Recorder } from '@ardoise/decider';
import { OrganisationDirectory } from '../../../organisations/queries/organisation-directory';
import { PersonDirectory } from '../../../persons/queries/person-directory';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { consent, type ConsentCommand } from '../../domain/consent';
import { ConsentRegister } from '../../queries/consent-register';
import { Turns } from '../turns';
import { RecordConsentCommand } from './record-consent.command';

@CommandHandler(RecordConsentCommand)
export class RecordConsentHandler implements ICommandHandler<RecordConsentCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly organisations: OrganisationDirectory,
    private readonly persons: PersonDirectory,
    private readonly register: ConsentRegister,
    private readonly turns: Turns,
  ) {}

  async execute({ context, person, answer }: RecordConsentCommand): Promise<RecordedThing> {
    const { organisation } = context;
    const policy = this.organisations.policy(organisation);
    await this.persons.requireLiving(organisation, person);
    const [first] = await this.persons.aliases(organisation, person);
    const stream = await this.recorder.newStream(consent.kind, context);
    const command: ConsentCommand = { type: 'record', person, policy, ...answer };
    return this.turns.take(`${organisation}/${first}/${answer.purpose}`, async () => {
      const { version } = await this.recorder.fold(consent, organisation, stream);
      // A repetition finds its own consent live, and is answered as the first time.
      if (version === 0) await this.refuseSecond(organisation, person, answer.purpose);
      return recordedThing(await this.recorder.execute(consent, stream, command, context));
    });
  }

  /** Two that other processes let in at once do no harm: a withdrawal ends every consent of its purpose. */
  private async refuseSecond(organisation: string, person: string, purpose: string): Promise<void> {
    const { state } = await this.register.standing(organisation, person, purpose);
    if (state === 'given') {
      throw conflict('consent-live', 'the person has given this consent, and it stands; withdraw it first', '/purpose');
    }
  }
}
