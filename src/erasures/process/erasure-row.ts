import type { KeptUnit, Receipt } from '../receipts/receipt';

/** How far an erasure has come; each is durable, and what it says is behind us. */
export const erasureStates = [
  /** Remembered. */
  'decided',
  /** Nothing new can be sealed about the person; which units end and which are kept is known. */
  'fenced',
  /** What the person held for others' sake is let go. */
  'released',
  /** Why something is kept, and until when, stands under what is kept. */
  'kept-recorded',
  /** The log names the units that end. */
  'keys-named',
  /** Their keys are gone. */
  'destroyed',
  /** Nothing shows them any more, and nobody can hold a key of theirs. */
  'forgotten',
  /** The receipt is issued. */
  'completed',
] as const;

export type ErasureState = (typeof erasureStates)[number];

/** Unit and fingerprint, both in hexadecimal. */
export type NamedUnit = readonly [string, string];

/** What is kept, as long as it is to be recorded under the kept unit itself. */
export interface Keeping extends KeptUnit {
  readonly stream: string;
  readonly person: string;
}

/** An erasure under way. */
export interface ErasureRow {
  readonly organisation: string;
  readonly erasure: string;
  /** Null once it is completed. */
  readonly person: string | null;
  /** The person with every alias, from the fence on. Null also in rows of before this was kept. */
  readonly persons: readonly string[] | null;
  readonly nonce: string;
  readonly state: ErasureState;
  /** When it was decided; what is kept is counted from there, also when a step is repeated. */
  readonly decided_at: Date | null;
  /** The memory of an earlier carrying out was lost: what that had ended is not among the units. */
  readonly begun_again: boolean;
  /** What ends, in an order that tells nothing. */
  readonly units: readonly NamedUnit[] | null;
  readonly kept: readonly KeptUnit[] | null;
  readonly keeping: readonly Keeping[] | null;
  /** Position of the last event that names the ended keys; decimal. */
  readonly fenced_position: string | null;
  readonly destroyed_at: Date | null;
  /** The last long reader that had begun when no key could be used any more; decimal. */
  readonly readers_mark: string | null;
  readonly receipt: Receipt | null;
  readonly completed_at: Date | null;
  readonly lease_fence: string;
  readonly failures: number;
  readonly error_code: string | null;
  readonly failed_at: Date | null;
  readonly next_try: Date | null;
}

/** What a step adds to the row. */
export type ErasureChange = Partial<
  Pick<
    ErasureRow,
    'persons' | 'units' | 'kept' | 'keeping' | 'fenced_position' | 'destroyed_at' | 'readers_mark' | 'receipt'
  >
>;
