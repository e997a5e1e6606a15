import { emptyRoot, type Checkpoint } from '@ardoise/ledger';
import type { Tree } from '@ardoise/sequencer';
import { treeOrigin } from '@ardoise/sequencer';
import { errorCode } from '@ardoise/lanes';
import type { Reason, Standing } from '../../platform/gate/quarantine';
import type { Platform } from '../../platform/platform';
import type { Reopening } from '../domain/events';
import type { Keyring } from '../keyring';

/** Announced by a recovery, in this order, where the ledger goes on as another tree. */
export const reopeningSteps = {
  ledgerReopened: 'recover/ledger-reopened',
  ledgerBegun: 'recover/ledger-begun',
} as const;

/** A checkpoint that is known, and where from it speaks against the ledger. */
interface Known {
  readonly incarnation: number;
  readonly checkpoint: Checkpoint;
}

/** What a witness showed that our key signed and the ledger does not have. */
export interface Evidence {
  readonly reason: Reason;
  /** The note, byte for byte. */
  readonly note: Buffer;
}

/** Reasons for which what goes on is not what was signed: the ledger goes on as another tree. */
export function isAboutLedger({ code, isOfKeys = false }: Reason): boolean {
  const ofLog = code === 'log-older' || code === 'log-differs';
  return (ofLog && !isOfKeys) || code === 'ledger-older' || code === 'ledger-differs';
}

/** Lets an organisation's ledger go on as the next incarnation, whose first leaf says what was known and what was found. */
export class LedgerReopening {
  constructor(
    private readonly platform: Platform,
    private readonly keyring: Keyring,
  ) {}

  /**
   * What the witnesses know against the ledger: the worst that any of them shows. One that is away, or that shows what
   * none of our keys signed, is passed over.
   */
  async evidence(organisation: string): Promise<Evidence | undefined> {
    const { ledgerAnchor } = this.platform;
    let [worst, size]: [Evidence | undefined, number] = [undefined, -1];
    for (const note of await this.shown(organisation)) {
      const judged = await ledgerAnchor.judge(organisation, note);
      if (judged.verdict !== 'against' || judged.checkpoint.size <= size) continue;
      [worst, size] = [{ reason: judged.reason, note }, judged.checkpoint.size];
    }
    return worst;
  }

  /**
   * Records and begins. Repeated before the anchor was written anew, it finds what it recorded.
   * @returns the incarnation that begins; undefined where nothing was ever signed and there is no tree
   */
  async run(organisation: string, anchored: Standing, mark: string): Promise<number | undefined> {
    const { ledger, steps, vault } = this.platform;
    const naming = await vault.naming(organisation);
    // The anchor's standing is another after each recovery; without an anchor the vault's counter is.
    const name = JSON.stringify(anchored.position === '0' ? [anchored, mark] : [anchored]);
    const commandId = naming.step(naming.id('reopening', name), 'reopen-ledger');
    const reopening = await this.reopening(organisation);
    if (!reopening) return undefined;
    const [entry] = await this.keyring.record(organisation, commandId, { type: 'reopen-ledger', ...reopening });
    if (entry?.event.type !== 'ledger-reopened') throw new Error('the reopening of the ledger was not recorded');
    await steps.done(reopeningSteps.ledgerReopened);
    const { incarnation, origin } = entry.event.facts;
    await ledger.begin(organisation, { incarnation, origin, after: entry.position - 1n });
    await steps.done(reopeningSteps.ledgerBegun);
    return incarnation;
  }

  private async reopening(organisation: string): Promise<Reopening | undefined> {
    const { ledger, store, ledgerOriginBase } = this.platform;
    const newest = await ledger.tree(organisation);
    const known = largest(await this.known(organisation, newest));
    if (!known) return undefined;
    const base = baseOf(newest?.origin ?? known.checkpoint.origin) ?? ledgerOriginBase;
    // A database of before its first tree: what it has of the log is that tree's, so that every event is in one.
    if (!newest && known.incarnation === 1) {
      await ledger.begin(organisation, { incarnation: 1, origin: known.checkpoint.origin, after: 0n });
    }
    const incarnation = Math.max(known.incarnation, newest?.incarnation ?? 0) + 1;
    const old = newest ?? { organisation, incarnation: 0, origin: '', after: 0n, size: 0, position: 0n };
    const found = await ledger.replay(old, { through: await store.head(organisation) });
    const { origin, size, root } = known.checkpoint;
    return {
      incarnation,
      origin: treeOrigin(base, organisation, incarnation),
      known: { origin, size, root: root.toString('hex') },
      found: { size: found.size, root: found.root.toString('hex') },
    };
  }

  /** Whatever is known of checkpoints that our keys signed. */
  private async known(organisation: string, newest: Tree | undefined): Promise<Known[]> {
    const { ledger, ledgerAnchor } = this.platform;
    const all: Known[] = [];
    const kept = await ledgerAnchor.known(organisation).catch(() => undefined);
    if (kept) all.push(kept);
    for (const note of await this.shown(organisation)) {
      const judged = await ledgerAnchor.judge(organisation, note);
      if ('checkpoint' in judged) all.push(judged);
    }
    if (!newest) return all;
    const { origin, incarnation } = newest;
    const signed = await ledger.latest(organisation);
    const { size, root } = signed ?? { size: 0, root: emptyRoot };
    return [...all, { incarnation, checkpoint: { origin, size, root } }];
  }

  /** What the witnesses show of the organisation's trees: of the newest that is known here, and of any after it. */
  private async shown(organisation: string): Promise<Buffer[]> {
    const { ledger, ledgerAnchor, ledgerOriginBase, witnesses, log } = this.platform;
    const newest = await ledger.tree(organisation);
    const kept = await ledgerAnchor.known(organisation).catch(() => undefined);
    const first = Math.max(newest?.incarnation ?? 1, kept?.incarnation ?? 1);
    const base = baseOf(newest?.origin ?? kept?.checkpoint.origin ?? '') ?? ledgerOriginBase;
    const notes = await Promise.all(
      witnesses.asked.map(async ({ name, client }) => {
        const found: Buffer[] = [];
        try {
          for (let incarnation = first; ; incarnation += 1) {
            const note = await client.latest(treeOrigin(base, organisation, incarnation));
            if (!note) break;
            found.push(note);
          }
        } catch (error) {
          log.warn({ organisation, witness: name, code: errorCode(error) }, 'a witness could not be asked');
        }
        return found;
      }),
    );
    return notes.flat();
  }
}

/** The one that goes furthest; of two of one size the first. */
function largest(all: readonly Known[]): Known | undefined {
  return all.reduce<Known | undefined>((best, one) => (best && !isFurther(one, best) ? best : one), undefined);
}

function isFurther(one: Known, other: Known): boolean {
  if (one.incarnation !== other.incarnation) return one.incarnation > other.incarnation;
  return one.checkpoint.size > other.checkpoint.size;
}

/** What the names of an organisation's trees begin with. */
function baseOf(origin: string): string | undefined {
  return /^(.+)\/[a-z0-9]{1,40}\/[1-9]\d*$/.exec(origin)?.[1];
}
