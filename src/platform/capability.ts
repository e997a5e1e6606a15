import type { Type } from '@nestjs/common';
import type { Projection } from '@ardoise/projections';
import type { Reaction } from '@ardoise/reactions';
import type { EventDeclaration } from '@ardoise/sealing';

/** One business capability: what it records, what it shows, and what follows from its events. */
export interface Capability {
  readonly name: string;
  readonly events: readonly EventDeclaration[];
  readonly projections: readonly Projection[];
  /** Providers of the module that are durable steps following from events. */
  readonly reactions: readonly Type<Reaction>[];
  /** NestJS module with its routes, handlers and exported queries. */
  readonly module: Type;
}
