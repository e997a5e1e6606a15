import { Inject, Injectable } from '@nestjs/common';
import { Recorder } from '@ardoise/decider';
import { ProblemError } from '@ardoise/http';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { DateTime } from 'luxon';
import { DataSource, In } from 'typeorm';
import { OrganisationDirectory } from '../../organisations/queries/organisation-directory';
import { VAULT } from '../../platform/tokens';
import { invoice } from '../domain/invoice';
import { InvoiceCorrectionRow } from '../read-models/invoice-correction.row';
import { InvoiceMovementRow } from '../read-models/invoice-movement.row';
import { InvoiceRow } from '../read-models/invoice.row';
import { invoiceView } from './invoice-account';
import type { InvoiceView, KeptView } from './invoice.view';

/** Shows invoices from the read models, to whom they may be shown. */
@Injectable()
export class InvoiceReading {
  constructor(
    private readonly database: DataSource,
    private readonly recorder: Recorder,
    private readonly clock: Clock,
    private readonly directory: OrganisationDirectory,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /**
   * One invoice. Beyond its person's erasure it is kept for accounting alone, and readable on that ground only.
   * @throws ProblemError 404 `invoice-not-found`, 410 `person-erased` without the ground, 410 `erased` at its end
   */
  async one(organisation: string, id: string, ground: string | undefined): Promise<InvoiceView> {
    this.refuseUnfitGround(organisation, ground);
    const row = await this.database.getRepository(InvoiceRow).findOneBy({ organisation, invoice: id });
    if (!row) throw await this.notThere(organisation, id);
    const erased = (await this.vault.person(organisation, row.person))?.state !== 'active';
    if (erased && ground === undefined) {
      throw new ProblemError(410, 'person-erased', 'the person was erased; the invoice is kept for accounting only');
    }
    const [view] = await this.views(organisation, [row]);
    if (!erased) return view as InvoiceView;
    const kept = await this.kept(organisation, row);
    return { ...(view as InvoiceView), ...(kept ? { kept } : {}) };
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

  private async kept(organisation: string, row: InvoiceRow): Promise<KeptView | undefined> {
    const units = await this.vault.unitsOfStream(organisation, `${invoice.kind}-${row.invoice}`);
    const unit = units.find((one) => one.unit === row.unit);
    if (unit?.ground === undefined || unit.keptUntil === undefined) return undefined;
    return { ground: unit.ground, until: unit.keptUntil.toISOString() };
  }

  private async notThere(organisation: string, id: string): Promise<ProblemError> {
    const { state } = await this.recorder.load(invoice, organisation, `${invoice.kind}-${id}`);
    if (state.recorded && !state.content) return new ProblemError(410, 'erased', 'the invoice has been erased');
    return new ProblemError(404, 'invoice-not-found', 'there is no such invoice');
  }
}
