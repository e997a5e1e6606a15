import { Inject, Injectable } from '@nestjs/common';
import type { EventStore } from '@ardoise/event-store';
import { ProblemError } from '@ardoise/http';
import { MemoryRows } from '@ardoise/projections';
import { Opener } from '@ardoise/sealing';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { DateTime } from 'luxon';
import { DataSource, In } from 'typeorm';
import { OrganisationDirectory } from '../../organisations/queries/organisation-directory';
import { EVENT_STORE, VAULT } from '../../platform/tokens';
import { invoice } from '../domain/invoice';
import { InvoiceCorrectionRow } from '../read-models/invoice-correction.row';
import { InvoiceMovementRow } from '../read-models/invoice-movement.row';
import { InvoiceRow } from '../read-models/invoice.row';
import { invoiceView } from './invoice-account';
import { invoicesProjection } from '../read-models/invoices.projection';
import type { InvoiceView } from './invoice.view';

/** Shows invoices from the read models, to whom they may be shown. */
@Injectable()
export class InvoiceReading {
  constructor(
    private readonly database: DataSource,
    private readonly opener: Opener,
    private readonly clock: Clock,
    private readonly directory: OrganisationDirectory,
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /**
   * One invoice. Beyond its person's erasure it is kept for accounting alone, and readable on that ground only.
   * @throws ProblemError 404 `invoice-not-found`, 410 `person-erased` without the ground, 410 `erased` at its end
   */
  async one(organisation: string, id: string, ground: string | undefined): Promise<InvoiceView> {
    this.refuseUnfitGround(organisation, ground);
    const row = await this.database.getRepository(InvoiceRow).findOneBy({ organisation, invoice: id });
    if (!row) return this.kept(organisation, id, ground);
    const [view] = await this.views(organisation, [row]);
    return view as InvoiceView;
  }

  /** Shows invoices with all that happened to them. */
  async views(organisation: string, invoices: readonly InvoiceRow[]): Promise<InvoiceView[]> {
    if (invoices.length === 0) return [];
    const where = { organisation, invoice: In(invoices.map((row) => row.invoice)) };
    const order = { version: 'ASC' } as const;
    const movements = await this.database.getRepository(InvoiceMovementRow).find({ where, order });
    const corrections = await this.database.getRepository(InvoiceCorrectionRow).find({ where, order });
    const today = this.today(organisation);
    return invoices.map((row) => {
      const of = (other: { readonly invoice: string }): boolean => other.invoice === row.invoice;
      return invoiceView({ invoice: row, movements: movements.filter(of), corrections: corrections.filter(of) }, today);
    });
  }

  private today(organisation: string): string {
    const { timeZone } = this.directory.policy(organisation);
    return DateTime.fromJSDate(this.clock.now(), { zone: timeZone }).toFormat('yyyy-MM-dd');
  }

  /** A ground is a purpose for which the organisation's policy keeps billing; today that is accounting. */
  private refuseUnfitGround(organisation: string, ground: string | undefined): void {
    if (ground === undefined) return;
    const { purposes } = this.directory.policy(organisation).categories.billing;
    if (ground === 'accounting' && purposes.includes(ground)) return;
    throw new ProblemError(422, 'ground-not-fitting', 'the ground on which an invoice is kept is "accounting"', [
      { at: 'ground', detail: 'must be "accounting"' },
    ]);
  }

  /**
   * An invoice that stands in no read model: kept beside an erasure, it is read from the log, under its own key.
   * @throws ProblemError
   */
  private async kept(organisation: string, id: string, ground: string | undefined): Promise<InvoiceView> {
    const stream = `${invoice.kind}-${id}`;
    const events = await this.opener.open(organisation, await this.store.readStream(organisation, stream));
    if (events.length === 0) throw new ProblemError(404, 'invoice-not-found', 'there is no such invoice');
    const rows = MemoryRows.of(invoicesProjection, events);
    const [row] = rows.rows(InvoiceRow);
    if (!row) throw new ProblemError(410, 'erased', 'the invoice has been erased');
    const unit = (await this.vault.unitsOfStream(organisation, stream)).find((one) => one.unit === row.unit);
    if (unit?.ground === undefined || unit.keptUntil === undefined) {
      throw new ProblemError(404, 'invoice-not-found', 'there is no such invoice yet');
    }
    if (ground === undefined) {
      throw new ProblemError(410, 'person-erased', 'the person was erased; the invoice is kept for accounting only');
    }
    const movements = rows.rows(InvoiceMovementRow);
    const corrections = rows.rows(InvoiceCorrectionRow);
    const view = invoiceView({ invoice: row, movements, corrections }, this.today(organisation));
    return { ...view, kept: { ground: unit.ground, until: unit.keptUntil.toISOString() } };
  }
}
