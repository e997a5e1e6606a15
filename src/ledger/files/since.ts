/** What an increment goes on from: everything up to this size of this incarnation is elsewhere already. */
export interface LedgerSince {
  readonly incarnation: number;
  readonly size: number;
}
