/**
 * Where a long process says how far it has come. Each durable step is announced right after it is durable, so that
 * whoever wants to know what a crash there does can crash there. Names are constants of the process's own file, listed.
 */
export interface Steps {
  /** The step `process/what-is-done` is durable. */
  done(step: string): Promise<void> | void;
}

/** Says each step in the process's log, at debug level. */
export class LoggedSteps implements Steps {
  constructor(private readonly log: { debug(fields: { readonly step: string }, message: string): void }) {}

  done(step: string): void {
    this.log.debug({ step }, 'step done');
  }
}

/** Tells nobody. */
export const silentSteps: Steps = { done: () => undefined };
