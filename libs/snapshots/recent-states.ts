import type { Lease, Reading, Vault } from '@ardoise/vault';
import type { Folded } from './folded';
import { areAsFolded } from './sealed-state';

export interface RecentStatesOptions {
  readonly vault: Pick<Vault, 'openingKeys'>;
  /** As that of keys: what was opened is kept for as long as what opens it. */
  readonly lease: Lease;
  /** Most events that all states together were folded from; the one that was not used for longest goes first. */
  readonly most?: number;
}

/** A state, and how many events the last one had that was sealed and kept beside the log. */
export interface RecentState {
  readonly folded: Folded;
  readonly kept: number;
}

interface Entry extends RecentState {
  readonly since: Reading;
}

const defaultMost = 200_000;
/** So often in a lease it is looked for what nobody used. */
const purgesOfLease = 4;

/**
 * States of streams that this process folded a moment ago, so that the next command on one opens only what came since.
 * As of a snapshot, a state is used only while the vault says of every unit what it said when it was folded, and only on a
 * log that has the last event that was folded. One that is not used is let go of when a key would be.
 */
export class RecentStates {
  /** The one that was used last stands last. */
  private readonly entries = new Map<string, Entry>();
  private readonly rules = new WeakMap<object, number>();
  private named = 0;
  private size = 0;
  private readonly purging: NodeJS.Timeout | undefined;

  constructor(private readonly options: RecentStatesOptions) {
    const { milliseconds } = options.lease;
    if (milliseconds > 0) this.purging = setInterval(() => this.purge(), milliseconds / purgesOfLease).unref();
  }

  /** The state that these rules folded; of any others there is none. */
  async find(rules: object, organisation: string, stream: string): Promise<RecentState | undefined> {
    const name = this.nameOf(rules, organisation, stream);
    const entry = this.entries.get(name);
    if (!entry) return undefined;
    const now = this.options.lease.read();
    if (this.options.lease.holds(entry.since, now)) {
      const units = [...entry.folded.units.values()];
      const keys = units.length === 0 ? new Map() : await this.options.vault.openingKeys(organisation, units);
      if (areAsFolded(units, keys)) {
        this.put(name, { ...entry, since: now });
        return entry;
      }
    }
    if (this.entries.get(name) === entry) this.remove(name);
    return undefined;
  }

  /** Lets go of one that does not fit the log. */
  forget(rules: object, organisation: string, stream: string): void {
    this.remove(this.nameOf(rules, organisation, stream));
  }

  keep(rules: object, organisation: string, stream: string, state: RecentState, since: Reading): void {
    this.put(this.nameOf(rules, organisation, stream), { ...state, since });
  }

  /** Before any key is asked for that a state is folded with. */
  read(): Reading {
    return this.options.lease.read();
  }

  close(): void {
    clearInterval(this.purging);
    this.entries.clear();
    this.size = 0;
  }

  /** Lets go of what nobody asked for again. */
  purge(): void {
    const now = this.options.lease.read();
    for (const [name, { since }] of this.entries) if (!this.options.lease.holds(since, now)) this.remove(name);
  }

  private put(name: string, entry: Entry): void {
    const { lease, most = defaultMost } = this.options;
    const { events } = entry.folded;
    // What another call came to meanwhile may be more, and is not thrown away for less.
    if (lease.milliseconds === 0 || (this.entries.get(name)?.folded.events ?? 0) > events) return;
    this.remove(name);
    // A stream this long has a snapshot, which what stood here would hide.
    if (events > most) return;
    this.entries.set(name, entry);
    this.size += events;
    for (const oldest of this.entries.keys()) {
      if (this.size <= most) break;
      this.remove(oldest);
    }
  }

  private remove(name: string): void {
    this.size -= this.entries.get(name)?.folded.events ?? 0;
    this.entries.delete(name);
  }

  private nameOf(rules: object, organisation: string, stream: string): string {
    let number = this.rules.get(rules);
    if (number === undefined) this.rules.set(rules, (number = this.named++));
    return `${number} ${organisation}/${stream}`;
  }
}
