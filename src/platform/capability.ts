import type { Type } from '@nestjs/common';
import type { Decider } from '@ardoise/decider';
import type { Policy } from '@ardoise/policy';
import type { Migration } from '@ardoise/postgres';
import type { HostedProcess } from '@ardoise/process-manager';
import type { Projection } from '@ardoise/projections';
import type { Reaction } from '@ardoise/reactions';
import type { AnyEvent, AnyOpened, EventDeclaration, Upcaster } from '@ardoise/sealing';
import type { UnitEntry } from '@ardoise/vault';

/** A decider whatever its types are: to fold a stream for somebody who looks at it. */
export type AnyDecider = Decider<unknown, never, AnyEvent, AnyOpened>;

/** What a capability knows and does when a person is erased. */
export interface ErasureParticipant {
  /** Lets go of what the persons hold for others' sake (a seat); after the fence, before their keys end. Idempotent. */
  release?(organisation: string, persons: readonly string[]): Promise<void>;
  /** What the retention of a stream that may be kept is counted from, where it is not its first record. */
  startsAt?(organisation: string, stream: string): Promise<Date | undefined>;
}

/** Whether a profile keeps a unit beside an erasure: on which ground, and until when. Pure. */
export type KeptByRule = (
  policy: Policy,
  unit: Pick<UnitEntry, 'unit' | 'category' | 'createdAt'>,
  now: Date,
) => { readonly ground: string; readonly until: Date } | undefined;

/** One thing that a long process has under way: ids, states and codes, nothing personal. */
export interface ProcessStanding {
  readonly organisation: string;
  readonly id: string;
  readonly state: string;
  /** There while its last try failed; it is tried again by itself. */
  readonly failing?: {
    readonly code: string;
    /** In a row. */
    readonly failures: number;
    readonly failedAt: Date;
    readonly nextTry: Date;
  };
}

/** A process that goes on by itself and can fail at one thing while others go on: shown in status, metrics, readiness. */
export interface DurableProcess {
  readonly name: string;
  /** All that is under way. */
  standing(): Promise<ProcessStanding[]>;
}

/** Follows the logs on a way of its own, neither a projection nor a reaction, where order and batches are its matter. */
export interface LogFollower {
  /** Begins, in a process that does the work. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The position up to which all of an organisation's log has been dealt with: ends of keys wait for it. */
  passed(organisation: string): Promise<bigint>;
  setBack(organisation: string, to: bigint): Promise<void>;
}

/** One business capability: what it records, what it shows, and what follows from its events. */
export interface Capability {
  readonly name: string;
  readonly events: readonly EventDeclaration[];
  /** From every earlier version of its events to the next. */
  readonly upcasters?: readonly Upcaster[];
  readonly projections: readonly Projection[];
  /** Providers of the module that are durable steps following from events. */
  readonly reactions: readonly Type<Reaction>[];
  /** Providers of the module that connect processes of its own with the streams around them. */
  readonly processManagers?: readonly Type<HostedProcess>[];
  /** The rules of its streams, for replay. */
  readonly deciders: readonly unknown[];
  /** Providers of the module that take part in an erasure. */
  readonly participants?: readonly Type<ErasureParticipant>[];
  /** The rule by which units are kept beside an erasure, for whoever has to carry one out again. */
  readonly keeps?: KeptByRule;
  /** Providers of the module that tell what its long processes have under way. */
  readonly processes?: readonly Type<DurableProcess>[];
  /** Providers of the module that follow the logs on their own. */
  readonly followers?: readonly Type<LogFollower>[];
  /** Tables of its own that are no read models, and what its read models need beside their tables. */
  readonly migrations?: readonly Migration[];
  /** NestJS module with its routes, handlers and exported queries. */
  readonly module: Type;
}
