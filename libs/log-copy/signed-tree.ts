/** A tree over a part of an organisation's log, and the newest that was signed of it. */
export interface SignedTree {
  /** As messages name it. */
  readonly origin: string;
  /** Its first leaf is the first event after this position. */
  readonly after: bigint;
  /** Its last leaf is the event here; absent while it grows. */
  readonly through?: bigint;
  /** What was signed of its first `size` leaves, the last of which is the event at `position`. */
  readonly checkpoint?: { readonly size: number; readonly position: bigint; readonly root: Buffer };
}
