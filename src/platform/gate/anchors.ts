import { AnchorFolder, type Anchor, type Ended } from '@ardoise/anchor';
import type { EventStore } from '@ardoise/event-store';
import { readHeader } from '@ardoise/format';
import { inTransaction } from '@ardoise/postgres';
import type { Clock } from '@ardoise/time';
import type { UnitReference, Vault } from '@ardoise/vault';
import type { Pool } from 'pg';
import { compare, standingOf } from './compare';
import type { Reason } from './quarantine';
import { readVaultStream, vaultStream, type Named } from './vault-stream';

export interface AnchorsParts {
  readonly folder: AnchorFolder;
  readonly store: EventStore;
  readonly vault: Pick<Vault, 'mark' | 'advanceMark'>;
  /** Whose advisory locks keep processes apart. */
  readonly pool: Pool;
  readonly clock: Clock;
  /** @throws VaultError `organisation-quarantined` */
  readonly mustBeOpen: (organisation: string) => void;
}

export interface Renewal {
  readonly ended: readonly Ended[];
  /** Of the event that ended anew what no other event names. */
  readonly position: bigint;
  /** Whether there are files that cannot be believed. */
  readonly setAside: boolean;
  /** Whether the ledger goes on as another tree. */
  readonly isReopened: boolean;
}

/** The anchor knows more than the log or the vault: it is not written over, and the organisation is to be looked at. */
export class AnchorAheadError extends Error {
  override readonly name = 'AnchorAheadError';
  readonly code = 'anchor-ahead';

  constructor(
    readonly organisation: string,
    readonly reasons: readonly Reason[],
  ) {
    super(`the anchor of ${organisation} is ahead: ${reasons.map(({ detail }) => detail).join('; ')}`);
  }
}

/** Writes the organisations' anchors. One at a time: in this process by a queue, among processes by an advisory lock. */
export class Anchors {
  private queue: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: AnchorsParts) {}

  /**
   * Resolves when the anchor knows, durably, of all that the log has ended up to the position. Before that an erasure
   * is not complete.
   * @throws AnchorAheadError, VaultError `organisation-quarantined`
   */
  async witness(organisation: string, { position }: { readonly position: bigint }): Promise<void> {
    const written = await this.write(organisation);
    if (written < position) {
      throw new RangeError(`the log of ${organisation} ends at ${written}, before what was to be witnessed`);
    }
  }

  /** Writes the anchor where the log has moved, or where there is none yet. Gives the position it knows. */
  async write(organisation: string): Promise<bigint> {
    return this.locked(organisation, async () => {
      this.parts.mustBeOpen(organisation);
      const { folder, store } = this.parts;
      const before = await folder.head(organisation);
      const found = await standingOf(this.parts, organisation);
      const position = BigInt(found.position);
      const reasons = await compare(this.parts, organisation, before, found);
      const stream = await readVaultStream(store, organisation, before?.covered ?? 0);
      if (stream.length < (before?.covered ?? 0)) reasons.push(streamShort(stream.length, before?.covered ?? 0));
      if (reasons.length > 0) throw new AnchorAheadError(organisation, reasons);
      if (before?.log.position === position && before.covered === stream.length) return position;
      await folder.append(organisation, stream.named.flatMap(endedIn));
      const anchor = { organisation, log: { position, digest: found.digest }, covered: stream.length };
      // The first one is there before the vault counts it: a crash in between would else look like one taken away.
      if (!before) await folder.write({ ...anchor, mark: 0n, writtenAt: this.parts.clock.now() });
      await this.replaceHead(anchor);
      return position;
    });
  }

  /** Remembers units that no event names and that must not open all the same. They count as destroyed from here. */
  async distrust(organisation: string, units: readonly UnitReference[]): Promise<void> {
    await this.locked(organisation, () =>
      this.parts.folder.append(
        organisation,
        units.map(({ unit, fingerprint }) => ({ unit, fingerprint, cause: 'unnamed', position: 0n })),
      ),
    );
  }

  /**
   * The end of a recovery: whatever was known of ended keys stays known, as of the position of the event that ended
   * them anew; the head is that of the log as it goes on. Files that cannot be believed are put out of the way.
   */
  async renew(organisation: string, { ended, position, setAside, isReopened }: Renewal): Promise<void> {
    await this.locked(organisation, async () => {
      const { folder, store } = this.parts;
      if (setAside) await folder.setAside(organisation);
      // What spoke against the tree before; from here on it is that tree's, which has ended.
      else if (isReopened) await folder.setAside(organisation, ['checkpoint']);
      const found = await standingOf(this.parts, organisation);
      const stream = await readVaultStream(store, organisation);
      const named = stream.named.flatMap(endedIn);
      const known = new Set(named.map(idOf));
      const others = ended.filter((one) => !known.has(idOf(one))).map((one) => ({ ...one, position }));
      await folder.rewrite(organisation, [...others, ...named]);
      const log = { position: BigInt(found.position), digest: found.digest };
      await this.replaceHead({ organisation, log, covered: stream.length });
    });
  }

  /**
   * Drops what was ended before an instant, when no backup from before it brings anything back: the keys that wrapped
   * it are destroyed themselves. An hour's worth more is kept, since machines' clocks differ.
   */
  async compactBefore(organisation: string, instant: Date): Promise<void> {
    const { store, folder } = this.parts;
    const since = instant.getTime() - 3_600_000;
    const stored = await store.readStream(organisation, vaultStream);
    const first = stored.find(({ header }) => Date.parse(readHeader(header).recordedAt) >= since);
    const before = first?.position ?? (await store.head(organisation)) + 1n;
    await this.locked(organisation, () => folder.compact(organisation, before));
  }

  /** First the vault's counter, then the file: the vault is never behind an anchor that is its own. */
  private async replaceHead(anchor: Omit<Anchor, 'mark' | 'writtenAt'>): Promise<void> {
    const mark = await this.parts.vault.advanceMark(anchor.organisation);
    await this.parts.folder.write({ ...anchor, mark, writtenAt: this.parts.clock.now() });
  }

  /** Runs while nobody else writes the organisation's anchor. */
  locked<Result>(organisation: string, run: () => Promise<Result>): Promise<Result> {
    const lock = `SELECT pg_advisory_xact_lock(hashtextextended('ardoise/anchor/' || $1, 0))`;
    const next = this.queue.then(() =>
      inTransaction(this.parts.pool, async (client) => {
        await client.query(lock, [organisation]);
        return run();
      }),
    );
    this.queue = next.catch(() => undefined);
    return next;
  }
}

export const streamShort = (length: number, covered: number): Reason => ({
  code: 'log-older',
  detail: `the vault stream has ${length} events, the anchor knows of ${covered}`,
});

export function endedIn(named: Named): Ended[] {
  const { position } = named;
  if (named.kind === 'units') {
    return named.units.map(({ unit, fingerprint }) => ({ unit, fingerprint, cause: named.cause, position }));
  }
  if (named.kind !== 'groups') return [];
  return named.groups.map((group) => ({ ...group, cause: named.cause, position }));
}

const idOf = (ended: Ended): string => ('unit' in ended ? ended.unit : ended.group);
