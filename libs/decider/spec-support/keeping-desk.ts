import { silentLog } from '@ardoise/lanes';
import { RecentStates, Snapshots, type KeptSnapshot, type SnapshotTable } from '@ardoise/snapshots';
import { Lease } from '@ardoise/vault';
import { desk } from './board';

/** What is kept of a table in memory. */
function tableInMemory() {
  const rows = new Map<string, KeptSnapshot>();
  const name = (...of: string[]): string => of.join(' ');
  const table: SnapshotTable = {
    find: async (of, stream, form) => rows.get(name(of, stream, form)),
    async keep(snapshot) {
      const { place } = snapshot;
      rows.set(name(place.organisation, place.stream, place.form), snapshot);
    },
  };
  return { rows, table };
}

/** A desk whose recorder keeps a snapshot after each so many events, remembers states where asked, and one that does neither. */
export function keepingDesk(every = 5, remembered?: { readonly milliseconds?: number; readonly most?: number }) {
  const made = desk();
  const { rows, table } = tableInMemory();
  const { vault, clock } = made;
  const keeper = (): Snapshots => new Snapshots({ table, vault, clock, log: silentLog, every });
  const snapshots = keeper();
  const lease = new Lease(remembered?.milliseconds ?? 30_000, clock, () => clock.now().getTime());
  const recent = new RecentStates({ vault, lease, ...(remembered?.most ? { most: remembered.most } : {}) });
  const recorder = made.another(snapshots, remembered ? recent : undefined);
  const reads: number[] = [];
  const readStream = made.store.readStream.bind(made.store);
  made.store.readStream = async (...of: Parameters<typeof readStream>) => {
    const found = await readStream(...of);
    reads.push(found.length);
    return found;
  };
  return { ...made, rows, reads, keeper, snapshots, recent, recorder, withoutAny: made.recorder };
}
