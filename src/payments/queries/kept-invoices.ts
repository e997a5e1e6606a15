import { Injectable } from '@nestjs/common';
import type { ErasureParticipant } from '../../platform/capability';
import { invoice } from '../domain/invoice';
import { Invoices } from './invoices';

/** The accounting period of an invoice begins with the fiscal year of its documents, not with their recording here. */
@Injectable()
export class KeptInvoices implements ErasureParticipant {
  constructor(private readonly invoices: Invoices) {}

  async startsAt(organisation: string, stream: string): Promise<Date | undefined> {
    if (!stream.startsWith(`${invoice.kind}-`)) return undefined;
    const documents = await this.invoices.documents(organisation, stream);
    // Noon UTC is the same calendar day in every time zone of Europe.
    return documents && new Date(`${documents.lastIssuedOn}T12:00:00Z`);
  }
}
