import type { ClientBase } from 'pg';
import type { DatabasePart } from './parts';

/**
 * What of a part no backup may take away, because others have been told of it: it is taken out before the part is
 * replaced, and put back beside what the backup has, in the restore's one transaction.
 */
export interface Keeper {
  readonly part: DatabasePart;
  /** Gives what puts back that which was taken out. */
  take(client: ClientBase): Promise<(client: ClientBase) => Promise<void>>;
}
