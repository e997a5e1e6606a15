import { type Ended, isUnit } from '@ardoise/anchor';
import { canonicalBytes, type Json } from '@ardoise/format';
import { inTransaction } from '@ardoise/postgres';
import type { UnitReference } from '@ardoise/vault';
import type { AnchorFound } from '../../platform/gate/gate';
import { standingIn } from '../../platform/gate/gate';
import { standingOf } from '../../platform/gate/compare';
import { nothingKnown, type Reason, type Standing } from '../../platform/gate/quarantine';
import { readVaultStream, type Named } from '../../platform/gate/vault-stream';
import type { Platform } from '../../platform/platform';
import type { Reactions } from '../../platform/reactions';
import { type EndedGroup, fenceCauses, groupCauses, type lossReasons } from '../domain/events';
import { Keyring } from '../keyring';
import { isAboutLedger, LedgerReopening, reopeningSteps } from './reopening';
import { lookForKeys } from './missing-keys';

/** Every durable step, in order; those of the ledger only where it goes on as another tree. Between any two of them a crash is gone on from by running the command again. */
export const recoverySteps = {
  organisationAdmitted: 'recover/organisation-admitted',
  ...reopeningSteps,
  gapRecorded: 'recover/gap-recorded',
  keysNamed: 'recover/keys-named',
  keysDestroyed: 'recover/keys-destroyed',
  lossRecorded: 'recover/loss-recorded',
  lossMarked: 'recover/loss-marked',
  readModelsReset: 'recover/read-models-reset',
  anchorWritten: 'recover/anchor-written',
  lifted: 'recover/lifted',
} as const;

export interface RecoveryWord {
  readonly organisation: string;
  readonly reason: (typeof lossReasons)[number];
  /** A ticket or minute. */
  readonly reference?: string;
}

/** What was found, and what a recovery will do about it. */
export interface RecoveryPlan {
  readonly organisation: string;
  readonly reasons: readonly Reason[];
  readonly known: Standing;
  readonly found: Standing;
  /** Keys that the anchor knows as destroyed, and the vault does not. */
  readonly toDestroy: number;
  /** Units of the log without a key that opens. */
  readonly toLose: number;
  /** Keys that came back after their destruction. */
  readonly returned: number;
  readonly altered: number;
  readonly resetsReadModels: boolean;
  /** The log is not what was signed: the ledger goes on as another tree. */
  readonly reopensLedger: boolean;
  readonly needed: boolean;
}

export type OnProgress = (done: number, total: number) => void;

const lossesAtOnce = 5_000;

/** The way out of an honest restore, by an operator's word. Nothing that the anchor knows as destroyed opens meanwhile. */
export class Recovery {
  private readonly keyring: Keyring;
  private readonly reopening: LedgerReopening;

  constructor(
    private readonly platform: Platform,
    private readonly reactions: Reactions,
  ) {
    this.keyring = new Keyring(platform.recoveryRecorder, platform.store);
    this.reopening = new LedgerReopening(platform, this.keyring);
  }

  /** Looks and changes nothing. */
  async plan(organisation: string, onProgress?: OnProgress): Promise<RecoveryPlan> {
    const { platform } = this;
    const anchor = await platform.gate.readAnchor(organisation);
    const found = await standingOf(platform, organisation);
    const evidence = await this.reopening.evidence(organisation);
    const reasons = withEvidence(platform.quarantines.of(organisation)?.reasons ?? [], evidence?.reason);
    let [toLose, returned, altered, toDestroy] = [0, 0, 0, 0];
    const except = new Set(anchor.ended.map(idOf));
    for await (const keys of this.keys(organisation, BigInt(found.position), except, onProgress)) {
      toLose += keys.lost.length;
      returned += keys.returned.length;
      altered += keys.altered;
    }
    for (const ids of chunks([...except])) toDestroy += (await platform.upkeep.notEnded(ids)).length;
    const resetsReadModels = reasons.some(aboutTheLog);
    const needed = reasons.length + toLose + returned + toDestroy > 0;
    const known = knownBy(anchor);
    const reopensLedger = reasons.some(isAboutLedger);
    const counts = { toDestroy, toLose, returned, altered };
    return { organisation, reasons, known, found, ...counts, resetsReadModels, reopensLedger, needed };
  }

  /**
   * Can be repeated, and goes on where it was after a crash. Gives whether there was anything to do.
   * @throws VaultError `key-encryption-failed` when the organisation's own keys cannot be opened: nothing can be
   * recorded for it then, and the vault needs a newer backup.
   */
  async run(word: RecoveryWord, onProgress?: OnProgress): Promise<boolean> {
    // One at a time, of all processes.
    return inTransaction(this.platform.pools.read, async (client) => {
      await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('ardoise/recover/' || $1, 0))`, [
        word.organisation,
      ]);
      // Known to every process from here on, and to this one again after a crash.
      const evidence = await this.reopening.evidence(word.organisation);
      if (evidence) await this.platform.gate.show(word.organisation, evidence.note);
      const plan = await this.plan(word.organisation, onProgress);
      if (plan.needed) await this.recover(word, plan, onProgress);
      return plan.needed;
    });
  }

  private async recover(word: RecoveryWord, plan: RecoveryPlan, onProgress?: OnProgress): Promise<void> {
    const { organisation } = word;
    const { vault, steps, gate, anchors, projections } = this.platform;
    await vault.admitOrganisation(organisation);
    await steps.done(recoverySteps.organisationAdmitted);
    const anchor = await gate.readAnchor(organisation);
    // Before anything else is recorded: it is the first leaf of the new tree.
    const { known, found } = plan;
    const incarnation = plan.reopensLedger && (await this.reopening.run(organisation, known, found.mark));
    const gap = await this.recordGap(word, plan);
    await steps.done(recoverySteps.gapRecorded);
    await this.destroyAgain(organisation, anchor.ended, gap);
    await steps.done(recoverySteps.keysDestroyed);
    await this.settleKeys(word, plan, anchor, gap, onProgress);
    if (plan.resetsReadModels) {
      const differs = plan.reasons.some(({ code }) => code === 'log-differs');
      await this.reactions.setBack(organisation, differs ? 0n : BigInt(plan.found.position));
      await projections.reset(organisation);
    }
    // What stopped at a key that was missing goes on, now that it is lost.
    await projections.restart(organisation);
    await this.reactions.restart(organisation);
    await steps.done(recoverySteps.readModelsReset);
    const { ended, reasons } = anchor;
    const isReopened = typeof incarnation === 'number';
    await anchors.renew(organisation, { ended, position: gap.position, setAside: reasons.length > 0, isReopened });
    await steps.done(recoverySteps.anchorWritten);
    const left = await gate.check(organisation);
    if (left) throw new Error(`still in quarantine: ${left.reasons.map(({ detail }) => detail).join('; ')}`);
    await steps.done(recoverySteps.lifted);
  }

  /** The signed word. One that a crash left without its end is found by what it says, and gone on with. */
  private async recordGap({ organisation, reason, reference }: RecoveryWord, plan: RecoveryPlan): Promise<Gap> {
    const { signing, store, vault } = this.platform;
    const { known, found } = plan;
    const { named } = await readVaultStream(store, organisation);
    const earlier = named.filter((one) => one.kind === 'gap' && isSame(one.facts, known, found.mark)).at(-1);
    if (earlier) return earlier;
    const said = { organisation, reason, ...(reference === undefined ? {} : { reference }), known, found };
    const signature = (await signing.sign(canonicalBytes(said as unknown as Json))).toString('base64');
    const naming = await vault.naming(organisation);
    const commandId = naming.step(naming.id('gap', JSON.stringify([known, found])), 'record-gap');
    const { organisation: _, ...facts } = said;
    const command = { type: 'record-gap' as const, ...facts, key: signing.id, signature };
    const [entry] = await this.keyring.record(organisation, commandId, command);
    if (!entry) throw new Error('the gap was not recorded');
    return { event: entry.event.id, position: entry.position };
  }

  /** Whatever the anchor knows as destroyed: first the log names again what it lost, then the keys go. */
  private async destroyAgain(organisation: string, ended: readonly Ended[], gap: Gap): Promise<void> {
    const { reckoning, store, steps } = this.platform;
    const before = (await readVaultStream(store, organisation)).named;
    await this.nameAgain(organisation, unnamed(ended, before), gap);
    await steps.done(recoverySteps.keysNamed);
    await reckoning.carryOut(organisation, (await readVaultStream(store, organisation)).named);
  }

  /** So that a receipt that was handed out before the restore is still verified by the log. */
  private async nameAgain(organisation: string, ended: readonly Ended[], gap: Gap): Promise<void> {
    const naming = await this.platform.vault.naming(organisation);
    for (const cause of new Set(ended.map((one) => one.cause))) {
      const of = ended.filter((one) => one.cause === cause);
      const units = of.filter(isUnit).map(({ unit, fingerprint }) => [unit, fingerprint] as const);
      const groups = of.flatMap((one) => (isUnit(one) ? [] : [groupOf(one)]));
      if (units.length > 0) {
        const why = fenceCauses.find((known) => known === cause) ?? 'erasure';
        const command = { type: 'fence-keys' as const, cause: why, units };
        await this.keyring.record(organisation, naming.step(gap.event, `name units again ${cause}`), command);
      }
      if (groups.length > 0) {
        const why = groupCauses.find((known) => known === cause) ?? 'contract';
        const command = { type: 'end-groups' as const, cause: why, groups };
        await this.keyring.record(organisation, naming.step(gap.event, `name groups again ${cause}`), command);
      }
    }
  }

  /** Keys that came back end again; those that are gone are lost: first the log says so, then the vault. */
  private async settleKeys(
    word: RecoveryWord,
    { found }: RecoveryPlan,
    anchor: AnchorFound,
    gap: Gap,
    onProgress?: OnProgress,
  ): Promise<void> {
    const { organisation } = word;
    const except = new Set(anchor.ended.map(idOf));
    let lost: UnitReference[] = [];
    for await (const keys of this.keys(organisation, BigInt(found.position), except, onProgress)) {
      if (keys.returned.length > 0) await this.platform.vault.destroy(organisation, gap.event, keys.returned);
      lost.push(...keys.lost);
      if (lost.length < lossesAtOnce) continue;
      await this.lose(word, gap, lost);
      lost = [];
    }
    if (lost.length > 0) await this.lose(word, gap, lost);
  }

  private async lose(
    { organisation, reason, reference }: RecoveryWord,
    gap: Gap,
    lost: readonly UnitReference[],
  ): Promise<void> {
    const { vault, steps } = this.platform;
    const naming = await vault.naming(organisation);
    const units = lost.map(({ unit, fingerprint }) => [unit, fingerprint] as const);
    const commandId = naming.step(gap.event, `lost ${naming.digest('lost', JSON.stringify(units))}`);
    const said = { reason, ...(reference === undefined ? {} : { reference }), units };
    await this.keyring.record(organisation, commandId, { type: 'record-loss', ...said });
    await steps.done(recoverySteps.lossRecorded);
    await vault.markLost(organisation, lost);
    await steps.done(recoverySteps.lossMarked);
  }

  private async *keys(organisation: string, through: bigint, except: ReadonlySet<string>, onProgress?: OnProgress) {
    const options = { organisation, through, except, ...(onProgress ? { onProgress } : {}) };
    yield* lookForKeys(this.platform, options);
  }
}

interface Gap {
  readonly event: string;
  readonly position: bigint;
}

const idOf = (ended: Ended): string => (isUnit(ended) ? ended.unit : ended.group);

function withEvidence(reasons: readonly Reason[], shown: Reason | undefined): readonly Reason[] {
  if (!shown || reasons.some(({ code }) => code === shown.code)) return reasons;
  return [...reasons, shown];
}

const aboutTheLog = ({ code }: Reason): boolean => code === 'log-older' || code === 'log-differs';

const knownBy = ({ head }: AnchorFound): Standing => (head ? standingIn(head) : nothingKnown);

/** The endings that no event of the log names. */
function unnamed(ended: readonly Ended[], named: readonly Named[]): Ended[] {
  const known = new Set<string>();
  for (const one of named) {
    if (one.kind === 'units') for (const { unit } of one.units) known.add(unit);
    if (one.kind === 'groups') for (const { group } of one.groups) known.add(group);
  }
  return ended.filter((one) => !known.has(idOf(one)));
}

function groupOf({ group, fingerprint, epoch, category, day }: Exclude<Ended, { readonly unit: string }>): EndedGroup {
  return { group, fingerprint, epoch, ...(category === undefined ? {} : { category }), ...(day ? { day } : {}) };
}

/** The gap of a recovery that was not finished: the anchor is as it was, and the vault was not compared since. */
function isSame(facts: { readonly known?: unknown; readonly found?: unknown }, known: Standing, mark: string): boolean {
  const { mark: then } = (facts.found ?? {}) as Partial<Standing>;
  return then === mark && canonicalBytes(facts.known as Json).equals(canonicalBytes(known as unknown as Json));
}

function* chunks(ids: readonly string[]): Generator<string[]> {
  for (let at = 0; at < ids.length; at += 10_000) yield ids.slice(at, at + 10_000);
}
