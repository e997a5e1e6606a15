import { Inject } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { notFound, Recorder } from '@ardoise/decider';
import type { Vault } from '@ardoise/vault';
import { recordedThing, type RecordedThing } from '../../../platform/recorded-thing';
import { VAULT } from '../../../platform/tokens';
import { enrolment } from '../../domain/enrolment';
import { LinkInvoiceCommand } from './link-invoice.command';

@CommandHandler(LinkInvoiceCommand)
export class LinkInvoiceHandler implements ICommandHandler<LinkInvoiceCommand> {
  constructor(
    private readonly recorder: Recorder,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  async execute({ context, enrolment: id, invoice }: LinkInvoiceCommand): Promise<RecordedThing> {
    // An invoice that is there has a unit for its buyer; what it says is not this capability's business.
    const units = await this.vault.unitsOfStream(context.organisation, `invoice-${invoice}`);
    if (units.length === 0) throw notFound('invoice-not-found', 'there is no such invoice', '/invoice');
    const stream = `${enrolment.kind}-${id}`;
    const command = { type: 'link-invoice', invoice } as const;
    return recordedThing(await this.recorder.execute(enrolment, stream, command, context));
  }
}
