import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Recorder, Refusal, type CommandContext } from '@ardoise/decider';
import type { Policy } from '@ardoise/policy';
import type { Vault } from '@ardoise/vault';
import { OrganisationDirectory } from '../../../organisations/queries/organisation-directory';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { VAULT } from '../../../platform/tokens';
import { consent } from '../../domain/consent';
import { ConsentRegister } from '../../queries/consent-register';
import { WithdrawConsentCommand } from './withdraw-consent.command';

interface Withdrawn {
  readonly stream: string;
  readonly person: string;
  readonly purpose: string;
  /** The event, and when the person withdrew. */
  readonly event: string;
  readonly occurredAt: string;
}

/**
 * Whoever withdraws a consent withdraws it for the purpose: where a merge of duplicates brought two live ones together,
 * the others end with it, each in its own stream under a command that follows from the first.
 */
@CommandHandler(WithdrawConsentCommand)
export class WithdrawConsentHandler implements ICommandHandler<WithdrawConsentCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly organisations: OrganisationDirectory,
    private readonly register: ConsentRegister,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  async execute({ context, consent: id, channel }: WithdrawConsentCommand): Promise<RecordedThing> {
    const policy = this.organisations.policy(context.organisation);
    const stream = `${consent.kind}-${id}`;
    const outcome = await this.recorder.execute(consent, stream, { type: 'withdraw', policy, channel }, context);
    const [event] = outcome.events;
    const self = event?.sections.self;
    if (event && self) {
      const { person, occurredAt, fields } = self;
      const withdrawn = { stream, person, purpose: fields.purpose, event: event.id, occurredAt };
      await this.withdrawOthers(context, policy, channel, withdrawn);
    }
    return recordedThing(outcome);
  }

  private async withdrawOthers(
    { organisation, service, source }: CommandContext,
    policy: Policy,
    channel: string,
    { stream, person, purpose, event, occurredAt }: Withdrawn,
  ): Promise<void> {
    const naming = await this.vault.naming(organisation);
    const others = (await this.register.given(organisation, person, purpose)).filter((other) => other !== stream);
    for (const other of others) {
      const commandId = naming.step(event, `withdraw ${other}`);
      const context = { organisation, commandId, source, occurredAt, causation: event };
      await this.recorder
        .execute(
          consent,
          other,
          { type: 'withdraw', policy, channel },
          { ...context, ...(service === undefined ? {} : { service }) },
        )
        .catch(unlessRefused);
    }
  }
}

/** One that was given later than this withdrawal, or has ended meanwhile, is as it should be. */
function unlessRefused(error: unknown): void {
  if (!(error instanceof Refusal && error.kind === 'conflict')) throw error;
}
