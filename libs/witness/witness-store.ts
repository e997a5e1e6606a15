/** What becomes of a log's record: `next` replaces it where it is given. */
export interface Change<Result> {
  readonly next?: Buffer;
  readonly result: Result;
}

/**
 * What a witness remembers: of each log the checkpoint that it cosigned last, as it shows it to monitors. Logs are named
 * by the SHA-256 of their origin, 64 hexadecimal digits.
 */
export interface WitnessStore {
  /** Undefined where none was cosigned. */
  read(originHash: string): Promise<Buffer | undefined>;
  /**
   * Reads, decides and replaces as one step: of two changes to one log the second begins when the first is durable.
   * Resolves when what was decided is on disk; rejects, with nothing promised to anybody, when it may not be.
   */
  update<Result>(originHash: string, change: (current: Buffer | undefined) => Promise<Change<Result>>): Promise<Result>;
}
