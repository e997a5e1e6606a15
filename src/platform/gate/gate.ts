import { type Anchor, AnchorError, type AnchorFolder, type Ended, isUnit } from '@ardoise/anchor';
import type { EventStore } from '@ardoise/event-store';
import { errorCode, type Log } from '@ardoise/lanes';
import type { ProjectionRuntime } from '@ardoise/projections';
import { isUnreadable } from '@ardoise/sealing';
import type { Clock } from '@ardoise/time';
import { type UnitReference, type Upkeep, type Vault, VaultError } from '@ardoise/vault';
import { AnchorAheadError, type Anchors, streamShort } from './anchors';
import { compare, standingOf } from './compare';
import type { Judged, LedgerAnchor } from './ledger-anchor';
import type { Quarantines } from './quarantines';
import { nothingKnown, type Quarantine, type Reason, type Standing } from './quarantine';
import type { Reckoning } from './reckoning';
import { readVaultStream, type Named } from './vault-stream';

export interface GateParts {
  readonly store: EventStore;
  readonly vault: Vault;
  readonly upkeep: Upkeep;
  readonly folder: AnchorFolder;
  readonly anchors: Anchors;
  readonly ledgerAnchor: LedgerAnchor;
  readonly reckoning: Reckoning;
  readonly quarantines: Quarantines;
  readonly projections: ProjectionRuntime;
  readonly clock: Clock;
  readonly log: Log;
}

/** What an anchor says, as far as it can be believed. */
export interface AnchorFound {
  readonly head?: Anchor;
  readonly ended: readonly Ended[];
  readonly reasons: readonly Reason[];
}

const unitsAtOnce = 10_000;

/**
 * Stands before everything that opens a key: what the log says is destroyed is destroyed in the vault, and log and vault
 * are compared with the anchor. Where they are older than it knows, the organisation is read and not written, and what
 * the anchor knows as destroyed does not open, until an operator recovers it.
 */
export class Gate {
  private running: Promise<void> = Promise.resolve();
  /** Which file each organisation's checkpoint was when it was last looked at. */
  private readonly checkpoints = new Map<string, string>();

  constructor(private readonly parts: GateParts) {}

  /** Looks at every organisation that log, vault or anchors know. Also when the vault's database may be another one. */
  run(): Promise<void> {
    return this.inTurn(async () => {
      for (const organisation of await this.organisations()) await this.look(organisation);
    });
  }

  /** Looks at an organisation; gives its quarantine, if there is reason for one. */
  async check(organisation: string): Promise<Quarantine | undefined> {
    await this.inTurn(() => this.look(organisation));
    return this.parts.quarantines.of(organisation);
  }

  /** Looks again at the organisations in quarantine whose anchor was written since: somebody may have recovered them. */
  async poll(): Promise<void> {
    for (const { organisation, known } of this.parts.quarantines.list()) {
      const head = await this.parts.folder.head(organisation).catch(() => undefined);
      // A recovery appends to the log: the anchor that it leaves behind knows another last event.
      if (head !== undefined && standingIn(head).digest !== known.digest) await this.check(organisation);
    }
    await this.pollCheckpoints();
  }

  /**
   * Looks whether a checkpoint that somebody shows speaks against the ledger. One that does, signed by our own key, is
   * kept with the anchor, so that every process and every later start knows of it, and the organisation is in quarantine.
   */
  async show(organisation: string, note: Buffer): Promise<Judged> {
    const judged = await this.parts.ledgerAnchor.judge(organisation, note);
    if (judged.verdict !== 'against') return judged;
    await this.parts.ledgerAnchor.keep(organisation, note);
    await this.check(organisation);
    return judged;
  }

  /** Writes the anchors whose logs have moved; an anchor that is ahead puts its organisation into quarantine. */
  async writeAnchors(): Promise<void> {
    for (const organisation of await this.parts.store.organisations()) {
      if (this.parts.quarantines.of(organisation)) continue;
      try {
        await this.parts.anchors.write(organisation);
        await this.parts.ledgerAnchor.write(organisation);
      } catch (error) {
        this.parts.log.warn({ organisation, code: errorCode(error) }, 'the anchor could not be written');
        if (error instanceof AnchorAheadError || error instanceof AnchorError) await this.check(organisation);
      }
    }
  }

  /** All that the anchor says. @throws AnchorError `anchor-refused`, as the key-encryption key's file does */
  async readAnchor(organisation: string): Promise<AnchorFound> {
    const { folder } = this.parts;
    const reasons: Reason[] = [];
    const ended: Ended[] = [];
    const believe = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof AnchorError) || error.code === 'anchor-refused') throw error;
        reasons.push({ code: error.code, detail: error.message });
        return undefined;
      }
    };
    const head = await believe(() => folder.head(organisation));
    await believe(async () => {
      for await (const batch of folder.ended(organisation)) ended.push(...batch);
    });
    return { ...(head ? { head } : {}), ended, reasons };
  }

  /** Another process may have been shown something by a witness. */
  private async pollCheckpoints(): Promise<void> {
    const { folder, ledgerAnchor, quarantines } = this.parts;
    for (const organisation of await folder.organisations()) {
      const version = await folder.checkpointVersion(organisation);
      if (version === undefined || version === this.checkpoints.get(organisation)) continue;
      if (!quarantines.of(organisation)) {
        const found = await ledgerAnchor.reasons(organisation).catch(() => ['unreadable']);
        if (found.length > 0) await this.check(organisation);
      }
      // Only now: what could not be looked at, with the database away, is looked at again.
      this.checkpoints.set(organisation, version);
    }
  }

  private async organisations(): Promise<string[]> {
    const { store, vault, folder } = this.parts;
    const [logs, vaults, anchors] = await Promise.all([
      store.organisations(),
      vault.organisations(),
      folder.organisations(),
    ]);
    return [...new Set([...logs, ...vaults.map(({ organisation }) => organisation), ...anchors])].sort();
  }

  /** What cannot be read as it was written is this organisation's alarm, and no other's. */
  private async look(organisation: string): Promise<void> {
    try {
      await this.lookInto(organisation);
    } catch (error) {
      if (!isAboutContent(error)) throw error;
      const anchor = await this.readAnchor(organisation);
      const found = await standingOf(this.parts, organisation);
      const detail = `what is stored cannot be read as it was written (${errorCode(error)})`;
      await this.begin(organisation, [{ code: 'content-altered', detail }], anchor, found);
    }
  }

  private async lookInto(organisation: string): Promise<void> {
    const { store, anchors } = this.parts;
    const stream = await readVaultStream(store, organisation);
    const reasons = await this.fold(organisation, stream.named);
    const anchor = await this.readAnchor(organisation);
    const found = await standingOf(this.parts, organisation);
    // What cannot be believed is not taken for missing.
    const compared = anchor.reasons.length > 0 ? [] : await compare(this.parts, organisation, anchor.head, found);
    reasons.push(...anchor.reasons, ...compared, ...(await this.ofLedger(organisation)));
    reasons.push(...(await this.uncovered(organisation, anchor)));
    reasons.push(...(await this.unknownEndings(anchor.ended)), ...(await this.ahead(organisation)));
    if (reasons.length > 0) return this.begin(organisation, reasons, anchor, found);
    await this.end(organisation);
    if (!anchor.head && found.position !== '0') await anchors.write(organisation);
  }

  /** The log's word on keys, carried out in the vault. */
  private async fold(organisation: string, named: readonly Named[]): Promise<Reason[]> {
    const { reckoning, store, vault } = this.parts;
    try {
      const older = await reckoning.carryOut(organisation, named);
      const known = (await vault.organisations()).some((one) => one.organisation === organisation);
      if (!known && (await store.head(organisation)) > 0n) return [unknownToVault];
      return older ? [{ code: 'vault-older', detail: 'units hang under groups of an epoch that has ended' }] : [];
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      if (error.code === 'organisation-unknown') return [unknownToVault];
      if (error.code === 'key-tampered') return [{ code: 'key-tampered', detail: error.message }];
      throw error;
    }
  }

  /** What a file says that cannot be believed is a reason, as with the anchor's other files. */
  private async ofLedger(organisation: string): Promise<Reason[]> {
    try {
      return await this.parts.ledgerAnchor.reasons(organisation);
    } catch (error) {
      if (!(error instanceof AnchorError) || error.code === 'anchor-refused') throw error;
      return [{ code: error.code, detail: error.message }];
    }
  }

  /** Keys that the anchor knows as destroyed, and neither the log nor the vault does. */
  private async unknownEndings(ended: readonly Ended[]): Promise<Reason[]> {
    let unknown = 0;
    for (let at = 0; at < ended.length; at += unitsAtOnce) {
      const ids = ended.slice(at, at + unitsAtOnce).map(idOfEnded);
      unknown += (await this.parts.upkeep.notEnded(ids)).length;
    }
    if (unknown === 0) return [];
    const detail = `the anchor knows of ${unknown} destroyed keys that log and vault do not`;
    return [{ code: 'log-older', detail, isOfKeys: true }];
  }

  /** The vault stream is read after the anchor that speaks of it: others may be recording. */
  private async uncovered(organisation: string, { head }: AnchorFound): Promise<Reason[]> {
    const covered = head?.covered ?? 0;
    const { length } = await readVaultStream(this.parts.store, organisation, covered);
    return length < covered ? [streamShort(length, covered)] : [];
  }

  /** Read models that have passed events which the log does not have; they are asked first, as the log goes on meanwhile. */
  private async ahead(organisation: string): Promise<Reason[]> {
    const furthest = await this.parts.projections.furthest(organisation);
    const position = await this.parts.store.head(organisation);
    if (furthest <= position) return [];
    return [{ code: 'log-older', detail: `the log ends at ${position}, its read models have passed ${furthest}` }];
  }

  private async begin(
    organisation: string,
    reasons: readonly Reason[],
    { head, ended }: AnchorFound,
    found: Standing,
  ): Promise<void> {
    const { vault, projections, quarantines, clock, log } = this.parts;
    const refused = await this.refused(organisation, ended);
    vault.quarantine(organisation, refused);
    const known = head ? standingIn(head) : nothingKnown;
    quarantines.begin({ organisation, reasons, known, found, since: clock.now() });
    for (let at = 0; at < refused.length; at += unitsAtOnce) {
      const units = refused.slice(at, at + unitsAtOnce).map(({ unit }) => unit);
      await projections.forget(organisation, units);
    }
    for (const { code, detail } of reasons) log.error({ organisation, code, detail }, 'organisation in quarantine');
  }

  /**
   * What the anchor knows as destroyed: units, and what hangs under groups (an epoch's groups held nothing at their
   * end). Of a person whom an erasure reached also the rest: what was kept of it, and on which ground, is told by a
   * recovery.
   */
  private async refused(organisation: string, ended: readonly Ended[]): Promise<UnitReference[]> {
    const { upkeep } = this.parts;
    const units = ended.filter(isUnit).map(({ unit, fingerprint }) => ({ unit, fingerprint }));
    const groups = ended.flatMap((one) => (isUnit(one) || one.cause === 'epoch' ? [] : [one.group]));
    const under = groups.length === 0 ? [] : await upkeep.unitsUnder(organisation, groups);
    const erased = ended.filter((one) => one.cause === 'erasure').map(idOfEnded);
    return [...units, ...under, ...(await this.ofPersons(organisation, erased))];
  }

  private async ofPersons(organisation: string, erased: readonly string[]): Promise<UnitReference[]> {
    const { upkeep, vault } = this.parts;
    const persons = new Set<string>();
    for (let at = 0; at < erased.length; at += unitsAtOnce) {
      for (const person of await upkeep.personsOf(organisation, erased.slice(at, at + unitsAtOnce))) {
        for (const alias of await vault.aliases(organisation, person)) persons.add(alias);
      }
    }
    if (persons.size === 0) return [];
    const units = await vault.unitsOf(organisation, [...persons]);
    return units.map(({ unit, fingerprint }) => ({ unit, fingerprint }));
  }

  private async end(organisation: string): Promise<void> {
    const { vault, projections, quarantines, log } = this.parts;
    if (!quarantines.of(organisation)) return;
    vault.release(organisation);
    log.warn({ organisation }, 'the quarantine is over');
    projections.lookNow();
    quarantines.end(organisation);
  }

  private inTurn(run: () => Promise<void>): Promise<void> {
    const next = this.running.then(run);
    this.running = next.catch(() => undefined);
    return next;
  }
}

const contentErrors = new Set(['VaultStreamError', 'FormatError']);
const alteredKeys = new Set(['key-tampered', 'key-returned', 'key-gone']);

function isAboutContent(error: unknown): boolean {
  if (error instanceof VaultError) return alteredKeys.has(error.code);
  return isUnreadable(error) || (error instanceof Error && contentErrors.has(error.name));
}

const unknownToVault: Reason = { code: 'vault-older', detail: 'the vault does not know it' };

const idOfEnded = (ended: Ended): string => (isUnit(ended) ? ended.unit : ended.group);

export function standingIn({ log, mark }: Anchor): Standing {
  return { position: log.position.toString(), digest: log.digest, mark: mark.toString() };
}
