/** Where an organisation's log and vault stood when its anchor was written. */
export interface Anchor {
  readonly organisation: string;
  /** The log's last event: its position, and the SHA-256 of its header, hexadecimal; 0n and empty where there was none. */
  readonly log: { readonly position: bigint; readonly digest: string };
  /** How many events of the organisation's vault stream the list of endings covers. */
  readonly covered: number;
  /** The vault's counter of comparisons. */
  readonly mark: bigint;
  readonly writtenAt: Date;
}

interface Ending {
  /** 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** As the event says it; `unnamed` for what no event names and must not open all the same. */
  readonly cause: string;
  /** Of the event that named it; 0n where none does. */
  readonly position: bigint;
}

export interface EndedUnit extends Ending {
  readonly unit: string;
}

export interface EndedGroup extends Ending {
  readonly group: string;
  readonly epoch: number;
  readonly category?: string;
  readonly day?: string;
}

/** A key that was destroyed since the horizon: should its bytes come back, this is who knows. */
export type Ended = EndedUnit | EndedGroup;

export const isUnit = (ended: Ended): ended is EndedUnit => 'unit' in ended;

export type AnchorErrorCode =
  /** Somebody else could read or replace it. */
  'anchor-refused' | 'anchor-malformed' | 'anchor-of-another-organisation' | 'anchor-format-unknown';

/** An anchor that cannot be believed; the message names the file and what is wrong with it. */
export class AnchorError extends Error {
  override readonly name = 'AnchorError';

  constructor(
    readonly code: AnchorErrorCode,
    message: string,
  ) {
    super(message);
  }
}
