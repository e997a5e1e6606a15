import type { SigningKey } from './signing';

/** The keys with which a ledger's checkpoints are signed: what a sequencer asks, and what is published for auditors. */
export interface LedgerKeys {
  /**
   * All keys that sign now, newest first: one, and its predecessors for as long as their overlap lasts. Cheap enough to
   * be asked at every checkpoint, so that a renewed key is noticed without a restart.
   * @throws SigningError `signing-key-missing`, `signing-key-refused`
   */
  signing(): Promise<readonly SigningKey[]>;
  /** Every key that has ever signed, oldest first. */
  published(): Promise<readonly PublishedKey[]>;
}

/** What everybody may know of a key of the ledger. */
export interface PublishedKey {
  /** As `SigningKey.id`. */
  readonly id: string;
  /** The 32 bytes of an Ed25519 public key (RFC 8032). */
  readonly publicKey: Buffer;
  /** RFC 3339, whole second, UTC: from when on it signs. */
  readonly since: string;
  /** RFC 3339, whole second, UTC: from when on it signs no longer; absent while it has no successor. */
  readonly until?: string;
  /** Signed note of its predecessor and itself that it is the successor; absent of the first key. */
  readonly statement?: string;
}
