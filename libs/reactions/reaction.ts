import type { AnyOpened, EventDeclaration, OpenedOf } from '@ardoise/sealing';

export type ReactionHandler = (event: AnyOpened) => Promise<void>;

/**
 * A durable step of a process: what follows from an event, at least once for each. A handler sends commands whose ids
 * are derived from the event (`Naming.step`), so that a step done twice is done once.
 */
export interface Reaction {
  /** Stable: the checkpoint's name. */
  readonly name: string;
  readonly on: { readonly [eventType: string]: ReactionHandler };
}

/** A handler of one declared event type, typed by its declaration; spread into `Reaction.on`. */
export function upon<D extends EventDeclaration>(
  declaration: D,
  handler: (event: OpenedOf<D>) => Promise<void>,
): { readonly [eventType: string]: ReactionHandler } {
  return { [declaration.type]: handler as unknown as ReactionHandler };
}

/** Two reactions bear one name: found at start-up. */
export class ReactionSetupError extends Error {
  override readonly name = 'ReactionSetupError';
  readonly code = 'reaction-setup';
}
