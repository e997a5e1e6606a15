import { Inject, Injectable } from '@nestjs/common';
import { Recorder } from '@ardoise/decider';
import type { Vault } from '@ardoise/vault';
import { VAULT } from '../../platform/tokens';
import { invoice } from '../domain/invoice';

/** When the documents of an invoice's stream were issued. */
export interface InvoiceDocuments {
  /** Day of issue, YYYY-MM-DD: its fiscal year is where the accounting period begins. */
  readonly issuedOn: string;
  /** Day of the last document of the stream: a later credit note is kept as long as its own fiscal year asks. */
  readonly lastIssuedOn: string;
}

/** An invoice of a person, for what decides how long it is kept. */
export interface PersonInvoice extends InvoiceDocuments {
  readonly stream: string;
  readonly unit: string;
}

/** What other capabilities may ask of invoices, as the log has them. */
@Injectable()
export class Invoices {
  constructor(
    private readonly recorder: Recorder,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** The invoices of a person and of every alias that can still be read; ask before the person is fenced. */
  async ofPerson(organisation: string, person: string): Promise<PersonInvoice[]> {
    const persons = await this.vault.aliases(organisation, person);
    const units = await this.vault.unitsOf(organisation, persons.length > 0 ? persons : [person]);
    const billing = units.filter(
      ({ stream, category }) => category === 'billing' && stream.startsWith(`${invoice.kind}-`),
    );
    const found = await Promise.all(
      billing.map(async ({ stream, unit }) => {
        const documents = await this.documents(organisation, stream);
        return documents ? [{ stream, unit, ...documents }] : [];
      }),
    );
    return found.flat();
  }

  /** Days of issue of what stands in an invoice's stream; undefined where it cannot be read any more. */
  async documents(organisation: string, stream: string): Promise<InvoiceDocuments | undefined> {
    const { content, creditNotes } = (await this.recorder.load(invoice, organisation, stream)).state;
    if (!content) return undefined;
    const days = [content.issuedOn, ...creditNotes.map(({ issuedOn }) => issuedOn)].sort();
    return { issuedOn: content.issuedOn, lastIssuedOn: days.at(-1) as string };
  }
}
