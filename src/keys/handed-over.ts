/** A file of a hand-over. */
export interface HandedFile {
  /** Its name in the folder that was given. */
  readonly file: string;
  readonly bytes: number;
  /** Hexadecimal, of the file's bytes. */
  readonly sha256: string;
}

/** What was handed over before the keys of an organisation ended. The members of the file itself are those of its log. */
export interface ExportedLog extends HandedFile {
  /** Position of its last event. */
  readonly position: string;
  /**
   * The others: what was opened, the index of the documents, the explanation. The index names the digest of each
   * document's file, so that what is said of the index is said of them all, and a receipt stays small. Absent where only
   * the log was handed over.
   */
  readonly files?: readonly HandedFile[];
}

/** The controller's data, back with the controller, while there is a key to open it with. */
export interface HandOver {
  /** Makes it, or makes it again: whole and durable when it resolves. */
  make(): Promise<ExportedLog>;
  /** Whether it is there, byte by byte as it was made. */
  stands(made: ExportedLog): Promise<boolean>;
}
