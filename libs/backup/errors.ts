export type BackupErrorCode =
  /** The place given for a backup cannot be one: it exists, or lies where keys or blobs are. */
  | 'backup-place-refused'
  /** What is there is no whole backup of ours, or not of the part that was asked for. */
  | 'backup-not-found'
  /** A file differs from what its manifest says. */
  | 'backup-damaged'
  /** Made by a newer Ardoise, or with another schema than this one's. */
  | 'backup-newer'
  /** Parts that do not belong together. */
  | 'backup-parts-apart'
  /** Somebody else works on the database. */
  | 'database-in-use'
  /** The sealed file of keys does not open: another passphrase, or altered. */
  | 'keys-not-opened'
  /** Asked to stop. */
  | 'interrupted';

/** A backup or restore that is refused or cannot be; nothing was changed unless the message says so. */
export class BackupError extends Error {
  override readonly name = 'BackupError';

  constructor(
    readonly code: BackupErrorCode,
    message: string,
  ) {
    super(message);
  }
}
