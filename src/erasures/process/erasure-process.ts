import { Inject, Injectable } from '@nestjs/common';
import { Recorder } from '@ardoise/decider';
import type { EventStore } from '@ardoise/event-store';
import { kindOf } from '@ardoise/format';
import { Clock } from '@ardoise/time';
import { VaultError, type UnitEntry, type Vault } from '@ardoise/vault';
import { Keyring, type KeyringEntry } from '../../keys/keyring';
import { keysFenced } from '../../keys/domain/events';
import { Passage } from '../../platform/passage';
import { Platform } from '../../platform/platform';
import { EVENT_STORE, VAULT } from '../../platform/tokens';
import { keptUntilRecorded } from '../domain/events';
import { keepingIn } from '../domain/keeping';
import { ErasureProcesses } from './erasure-processes';
import { ErasureReceipts } from './erasure-receipts';
import type { ErasureRow, ErasureState, Keeping, NamedUnit } from './erasure-row';
import type { ErasureStep } from './erasure-steps';
import { Participants } from './participants';
import { PersonFence, type KeptEntry } from './person-fence';
import { systemContext } from './system-context';

/** A step; nothing when it has to wait for others. */
type Step = (row: ErasureRow) => Promise<ErasureRow | undefined>;

/**
 * Carries out what was decided, in the design's order. Each step can be repeated: it does again what it did, or finds
 * it done, and remembers that in the erasure's row, so that a crash anywhere resumes.
 */
@Injectable()
export class ErasureProcess {
  private readonly steps: { readonly [S in Exclude<ErasureState, 'completed'>]: Step } = {
    decided: (row) => this.fence(row),
    fenced: (row) => this.letGo(row),
    released: (row) => this.recordKeeping(row),
    'kept-recorded': (row) => this.nameKeys(row),
    'keys-named': (row) => this.destroyKeys(row),
    destroyed: (row) => this.waitForOthers(row),
    forgotten: (row) => this.issueReceipt(row),
  };

  /** What the step before has recorded, for the row that it led to: the log need not be asked for it at once. */
  private readonly justNamed = new WeakMap<ErasureRow, readonly KeyringEntry[]>();

  constructor(
    private readonly recorder: Recorder,
    private readonly processes: ErasureProcesses,
    private readonly participants: Participants,
    private readonly fences: PersonFence,
    private readonly keyring: Keyring,
    private readonly passage: Passage,
    private readonly receipts: ErasureReceipts,
    private readonly clock: Clock,
    private readonly platform: Platform,
    @Inject(VAULT) private readonly vault: Vault,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /** Does what comes next. Nothing when it is completed, or has to wait. @throws ErasureTakenOverError, and what a step throws */
  async step(row: ErasureRow): Promise<ErasureRow | undefined> {
    return row.state === 'completed' ? undefined : this.steps[row.state](row);
  }

  private async fence(row: ErasureRow): Promise<ErasureRow> {
    const { organisation, person } = row;
    const persons = await this.vault.aliases(organisation, person as string);
    const { toEnd, kept } = await this.fences.raise(organisation, persons, row.decided_at ?? this.clock.now());
    await this.done('erasure/persons-fenced');
    const units = inNoOrder(toEnd);
    const keeping = kept.map(keepingOf);
    const fenced = await this.processes.advance(row, 'fenced', { persons, units, keeping });
    await this.done('erasure/fenced');
    return fenced;
  }

  private async letGo(row: ErasureRow): Promise<ErasureRow> {
    await this.participants.release(row.organisation, await this.personsOf(row));
    await this.done('erasure/let-go');
    const released = await this.processes.advance(row, 'released');
    await this.done('erasure/released');
    return released;
  }

  /** Recorded under the kept units themselves, where whoever may read them finds why they are still there. */
  private async recordKeeping(row: ErasureRow): Promise<ErasureRow> {
    const { organisation, nonce } = row;
    const naming = await this.vault.naming(organisation);
    const keeping = row.keeping ?? [];
    const told = keeping.filter(({ stream }) => keptUntilRecorded.stream.includes(kindOf(stream)));
    await Promise.all(
      told.map(({ stream, unit: _, fingerprint: __, ...kept }) => {
        const context = systemContext(
          organisation,
          naming.step(nonce, `keep ${stream} ${kept.person} ${kept.category}`),
        );
        return this.recorder.execute(keepingIn(kindOf(stream)), stream, kept, context).catch(unlessItHasEnded);
      }),
    );
    await this.done('erasure/keeping-in-the-log');
    const kept = keeping.map(({ stream: _, person: __, ...told }) => told);
    const recorded = await this.processes.advance(row, 'kept-recorded', { kept, keeping: null });
    await this.done('erasure/kept-recorded');
    return recorded;
  }

  private async nameKeys(row: ErasureRow): Promise<ErasureRow> {
    const named = await this.named(row);
    const position = named.at(-1)?.position ?? (await this.store.head(row.organisation));
    await this.done('erasure/keys-in-the-log');
    const next = await this.processes.advance(row, 'keys-named', { fenced_position: position.toString() });
    this.justNamed.set(next, named);
    await this.done('erasure/keys-named');
    return next;
  }

  private async destroyKeys(row: ErasureRow): Promise<ErasureRow> {
    const { organisation } = row;
    // Only what the log names is destroyed, and the vault keeps which event that was. After a crash it is asked again.
    for (const { event } of this.justNamed.get(row) ?? (await this.named(row))) {
      if (event.type !== 'keys-fenced') continue;
      const units = event.facts.units.map(([unit, fingerprint]) => ({ unit, fingerprint }));
      await this.vault.destroy(organisation, event.id, units);
      await this.done('erasure/keys-destroyed');
    }
    await this.vault.markErased(organisation, await this.personsOf(row));
    await this.done('erasure/persons-erased');
    const destroyed = await this.processes.advance(row, 'destroyed', { destroyed_at: this.clock.now() });
    await this.done('erasure/destroyed');
    return destroyed;
  }

  private async waitForOthers(row: ErasureRow): Promise<ErasureRow | undefined> {
    const { over, readersMark } = await this.passage.look({
      organisation: row.organisation,
      type: keysFenced.type,
      position: BigInt(row.fenced_position ?? 0),
      destroyedAt: row.destroyed_at as Date,
      readersMark: row.readers_mark,
    });
    if (!over) {
      if (readersMark !== row.readers_mark)
        await this.processes.advance(row, 'destroyed', { readers_mark: readersMark });
      return undefined;
    }
    const forgotten = await this.processes.advance(row, 'forgotten', { readers_mark: readersMark });
    await this.done('erasure/forgotten');
    return forgotten;
  }

  private async issueReceipt(row: ErasureRow): Promise<ErasureRow> {
    // What is told to be gone stays gone, also when log and vault are put back from before.
    await this.platform.anchors.witness(row.organisation, { position: BigInt(row.fenced_position ?? 0) });
    await this.done('erasure/witnessed');
    // First the row: a receipt whose hash is recorded must be the one that is handed out.
    const receipt = row.receipt ?? (await this.receipts.make(row));
    const made = await this.processes.advance(row, 'forgotten', { receipt });
    await this.done('erasure/receipt-made');
    await this.receipts.record(made, receipt);
    await this.done('erasure/receipt-in-the-log');
    const completed = await this.processes.complete(made);
    await this.done('erasure/completed');
    return completed;
  }

  /** The events that name the ended keys. Recorded once: repeated, they are found. */
  private async named({ organisation, nonce, units }: ErasureRow): Promise<KeyringEntry[]> {
    if (!units || units.length === 0) return [];
    const naming = await this.vault.naming(organisation);
    const command = { type: 'fence-keys' as const, cause: 'erasure' as const, units };
    return this.keyring.record(organisation, naming.step(nonce, 'fence-keys'), command);
  }

  private async personsOf({ organisation, person, persons }: ErasureRow): Promise<readonly string[]> {
    return persons ?? this.vault.aliases(organisation, person as string);
  }

  private async done(step: ErasureStep): Promise<void> {
    await this.platform.steps.done(step);
  }
}

/** One whose own end has come since the fence needs no reason any more. */
function unlessItHasEnded(error: unknown): void {
  if (!(error instanceof VaultError) || error.code !== 'unit-ended') throw error;
}

const keepingOf = ({ stream, person, unit, fingerprint, category, keep }: KeptEntry): Keeping => ({
  stream,
  person,
  unit,
  fingerprint,
  category,
  ground: keep.ground,
  until: keep.until.toISOString(),
});

/**
 * By their ids, which are random: the order tells nothing of when units were made or what they are, and is the same
 * each time the step is repeated.
 */
function inNoOrder(units: readonly UnitEntry[]): NamedUnit[] {
  return units.map(({ unit, fingerprint }) => [unit, fingerprint] as const).sort(([a], [b]) => (a < b ? -1 : 1));
}
