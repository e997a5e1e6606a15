import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { processDecider, Recorder } from '@ardoise/decider';
import type { Vault } from '@ardoise/vault';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { VAULT } from '../../../platform/tokens';
import { offer } from '../../domain/offer';
import { offersOf } from '../../process/offers-of';
import { EnrolmentRegister } from '../../queries/enrolment-register';
import { AnswerOfferCommand } from './answer-offer.command';

const decider = processDecider(offer);

/** The answer is a record of the process; what follows from it, the process does. */
@CommandHandler(AnswerOfferCommand)
export class AnswerOfferHandler implements ICommandHandler<AnswerOfferCommand> {
  constructor(
    private readonly recorder: Recorder,
    private readonly register: EnrolmentRegister,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  async execute({ context, enrolment, answer }: AnswerOfferCommand): Promise<RecordedThing> {
    await this.register.load(context.organisation, enrolment);
    const stream = await offersOf(this.vault, context.organisation, enrolment);
    const told = { type: 'answer', answer } as const;
    return recordedThing(await this.recorder.execute(decider, stream, { kind: 'told', told }, context));
  }
}
