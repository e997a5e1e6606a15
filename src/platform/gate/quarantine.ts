import { VaultError } from '@ardoise/vault';

export type ReasonCode =
  /** The log ends before where the anchor knows it to go on, or does not know of keys that ended. */
  | 'log-older'
  /** The log has another event where the anchor knows one. */
  | 'log-differs'
  /** A checkpoint that our key signed is larger than what is signed here, or than the log. */
  | 'ledger-older'
  /** A checkpoint that our key signed has another root than the ledger at its size. */
  | 'ledger-differs'
  /** The vault counts fewer comparisons than the anchor, or does not know what the log is sealed under. */
  | 'vault-older'
  /** A key that was to be destroyed is not the one that was named, by its fingerprint. */
  | 'key-tampered'
  /** An event of the vault stream, or one that says why something is kept, is not as it was written. */
  | 'content-altered'
  /** The vault was compared before, and there is no anchor. */
  | 'anchor-missing'
  | 'anchor-malformed'
  | 'anchor-of-another-organisation'
  | 'anchor-format-unknown';

export interface Reason {
  readonly code: ReasonCode;
  /** Positions and counts; nothing personal. */
  readonly detail: string;
  /** Of keys that ended, while the log itself may be whole. */
  readonly isOfKeys?: boolean;
}

/** Where a log and its vault stand, as a `gap-recorded` event says it. */
export interface Standing {
  readonly position: string;
  readonly digest: string;
  readonly mark: string;
}

/** An organisation that is read and not written, because something it stands on is older than its anchor knows. */
export interface Quarantine {
  readonly organisation: string;
  readonly reasons: readonly Reason[];
  /** As the anchor has it; zeros and nothing where there is none that can be believed. */
  readonly known: Standing;
  readonly found: Standing;
  readonly since: Date;
}

export const nothingKnown: Standing = { position: '0', digest: '', mark: '0' };

/** The refusal of a command, with the reason and the way out. */
export function refusal({ organisation, reasons }: Quarantine): VaultError {
  const why = reasons.map(({ code, detail }) => `${code}: ${detail}`).join('; ');
  return new VaultError(
    'organisation-quarantined',
    `the organisation ${organisation} is in quarantine (${why}); it is read, and records nothing, until an operator ` +
      `has looked into it and run "ardoise recover --organisation ${organisation}"`,
  );
}
