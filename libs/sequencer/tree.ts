/** A tree of an organisation's log (docs/format.md); its leaves are in the log's order. */
export interface Tree {
  readonly organisation: string;
  /** From 1; a further one begins after a recovery. */
  readonly incarnation: number;
  /** Its name in every checkpoint, for ever. */
  readonly origin: string;
  /** Leaf 0 is the first event after this position. */
  readonly after: bigint;
  /** Position of its last event, once another tree has followed it; absent while it grows. */
  readonly through?: bigint;
  /** Leaves that its tiles have. */
  readonly size: number;
  /** Where the last of them stands in the log; `after` while there is none. */
  readonly position: bigint;
}

export type TreeName = Pick<Tree, 'organisation' | 'incarnation'>;

/** A stored checkpoint, with what others said of it. */
export interface CheckpointEntry {
  readonly organisation: string;
  readonly incarnation: number;
  readonly size: number;
  /** Of the last event that it covers. */
  readonly position: bigint;
  readonly root: Buffer;
  readonly signedAt: Date;
  /** The note's text and the log's own signatures. */
  readonly note: Buffer;
  /** Lines of witnesses, each with its newline. */
  readonly cosignatures: readonly string[];
  /** TimeStampResp (RFC 3161) in DER over the note's text. */
  readonly timestamp?: Buffer;
}

export type CheckpointName = Pick<CheckpointEntry, 'organisation' | 'incarnation' | 'size'>;

/** The checkpoint as it is given to anybody: the note with the cosignatures there are (c2sp.org/tlog-checkpoint). */
export function published({ note, cosignatures }: CheckpointEntry): Buffer {
  return Buffer.concat([note, ...cosignatures.map((line) => Buffer.from(line, 'utf8'))]);
}

/** The name of a tree that begins now. */
export function treeOrigin(base: string, organisation: string, incarnation: number): string {
  return `${base}/${organisation}/${incarnation}`;
}
