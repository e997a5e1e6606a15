import type { BenchServer } from './database';
import type { Ratio, Standing } from './rounds';

/** What every case is given. */
export interface Bench {
  readonly server: BenchServer;
  readonly options: { readonly rounds: number; readonly seconds: number };
  /** Events of the longest log that is looked at where logs grow. */
  readonly largest: number;
  /** A folder with the Open University data, where there is one. */
  readonly oulad?: string;
  /** Address of an EventStoreDB, where there is one. */
  readonly eventstore?: string;
  readonly say: (text: string) => void;
}

/** A single figure, with what it aims at. */
export interface Figure {
  readonly what: string;
  readonly value: string;
  readonly goal?: string;
  readonly reached?: boolean;
}

/** What a case found. */
export interface CaseResult {
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly unit: string;
  readonly standings: readonly Standing[];
  readonly ratios: readonly Ratio[];
  readonly figures: readonly Figure[];
}
