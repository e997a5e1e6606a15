import type { RecordedCorrection, RecordedCreditNote, RecordedMovement } from './account';

/** What an invoice comes to be: its own content, and what happened to it since. */
export interface Invoice {
  /** Whether the stream has its first event, readable or not. */
  readonly recorded: boolean;
  /** Absent before it is recorded, and again once its unit is erased. */
  readonly content?: {
    /** Id of the event that recorded it. */
    readonly id: string;
    readonly person: string;
    readonly issuedOn: string;
    readonly currency: string;
    readonly total: number;
    readonly instalments: number;
  };
  readonly movements: readonly RecordedMovement[];
  readonly creditNotes: readonly (RecordedCreditNote & { readonly issuedOn: string })[];
  readonly corrections: readonly RecordedCorrection[];
}

/** An invoice that can still be read. */
export type LivingInvoice = Invoice & Required<Pick<Invoice, 'content'>>;
