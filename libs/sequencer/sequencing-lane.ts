import type { EventStore, StoredLeaf } from '@ardoise/event-store';
import { checkpointText, formatNote, signNote, TileBuilder } from '@ardoise/ledger';
import { type Bell, errorCode, type Lease, LeaseLostError, type LeaseTable, type Log, pause } from '@ardoise/lanes';
import { inTransaction } from '@ardoise/postgres';
import { noteSigner, type LedgerKeys } from '@ardoise/signing';
import type { Steps } from '@ardoise/steps';
import type { Clock } from '@ardoise/time';
import type { Pool } from 'pg';
import { changedTiles } from './changed-tiles';
import type { LedgerProblem } from './check';
import { insertCheckpoint } from './checkpoint-rows';
import type { Deliveries } from './deliveries';
import { LedgerMismatchError, TreeMovedError } from './errors';
import type { Ledger } from './ledger';
import type { LedgerMetrics } from './metrics';
import { hasAllTiles, tileSource, writeTiles } from './tile-rows';
import { type CheckpointEntry, type Tree, type TreeName, treeOrigin } from './tree';
import { moveTree } from './tree-rows';

/** What a sequencer announces, each step once it is done: whatever dies in between leaves one tree and no fork. */
export const sequencerSteps = [
  'ledger/leaves-read',
  'ledger/tiles-written',
  'ledger/checkpoint-signed',
  'ledger/checkpoint-stored',
] as const;

export interface SequencingParts {
  readonly ledger: Ledger;
  readonly store: EventStore;
  readonly pool: Pool;
  readonly leases: LeaseTable;
  readonly keys: LedgerKeys;
  /** What origins of new trees begin with. */
  readonly ledgerOriginBase: string;
  readonly clock: Clock;
  readonly steps: Steps;
  readonly metrics: LedgerMetrics;
  readonly log: Log;
  /** Whether anything may be signed for the organisation now. */
  readonly runs: (organisation: string) => boolean;
  readonly deliveries: (tree: TreeName) => Deliveries;
  /** Told what keeps the organisation's lane from signing; undefined when nothing does. */
  readonly refused: (organisation: string, problem: LedgerProblem | undefined) => void;
  /** Told of each checkpoint that is stored. */
  readonly stored: (entry: CheckpointEntry) => void;
  /** Most leaves of one transaction. */
  readonly batchSize: number;
  /** Least time between two checkpoints, in milliseconds of the real clock. */
  readonly checkpointMilliseconds: number;
  readonly pollMilliseconds: number;
}

/** So long the end of a lane follows the log before it signs, in milliseconds; a longer backlog is the next one's. */
const endMilliseconds = 3_000;
/** Looks that a lane lets pass that may not sign, before it checks again whether it may. */
const looksBetweenChecks = 30;

/**
 * One organisation's newest tree, under one lease. What it holds in memory is what the tiles say, and is given up with
 * whatever fails: the next run reads it again.
 */
export class SequencingLane {
  private tree: Tree;
  private builder: TileBuilder;
  private deliveries: Deliveries;
  private signedSize = 0;
  private signedAt = -Infinity;

  constructor(
    private readonly parts: SequencingParts,
    private readonly lease: Lease,
    private readonly bell: Bell,
  ) {}

  /** @throws LeaseLostError, TreeMovedError, and whatever keeps log or database from answering; it can be run again. */
  async run(signal: AbortSignal): Promise<void> {
    const { metrics } = this.parts;
    const { organisation } = this.lease;
    if (!(await this.resume())) return this.standStill(signal);
    this.deliveries = this.parts.deliveries(this.tree);
    // The one who had the lane before may have died between storing a checkpoint and passing it on.
    this.deliveries.announce();
    try {
      while (!signal.aborted) await this.round(signal);
      await this.finish();
    } finally {
      await this.deliveries.end();
      metrics.left(organisation);
    }
  }

  /** False when the tree is not what was signed, or its log is not what it was. */
  private async resume(): Promise<boolean> {
    const { ledger, ledgerOriginBase, log, refused, metrics } = this.parts;
    const { organisation } = this.lease;
    if (!(await ledger.tree(organisation))) {
      const origin = treeOrigin(ledgerOriginBase, organisation, 1);
      await ledger.begin(organisation, { incarnation: 1, origin, after: 0n });
    }
    const problem = (await ledger.check(organisation)) ?? (await this.takeUp());
    refused(organisation, problem);
    metrics.refuses(organisation, problem !== undefined);
    if (!problem) return true;
    log.error({ organisation, ...problem }, 'ledger and log differ: nothing is signed until that is put right');
    return false;
  }

  /** Takes the tree up where its tiles stand; makes them again where they were thrown away. */
  private async takeUp(): Promise<LedgerProblem | undefined> {
    const { ledger, pool, log } = this.parts;
    const { organisation } = this.lease;
    this.tree = (await ledger.tree(organisation)) as Tree;
    this.signedSize = (await ledger.latest(organisation))?.size ?? 0;
    if (this.signedSize > this.tree.size || !(await hasAllTiles(pool, this.tree))) {
      log.warn({ organisation, size: this.tree.size }, 'tiles of the ledger are missing; they are made again');
      try {
        await ledger.rebuild(organisation);
      } catch (error) {
        if (error instanceof LedgerMismatchError) return { code: error.code, detail: error.detail };
        throw error;
      }
      this.tree = (await ledger.tree(organisation)) as Tree;
    }
    this.builder = await TileBuilder.resume(this.tree.size, tileSource(pool, this.tree));
    return undefined;
  }

  /** Until somebody rings, or a look later: then the ledger is held against its log again. */
  private async standStill(signal: AbortSignal): Promise<void> {
    await this.bell.wait(this.parts.pollMilliseconds * looksBetweenChecks, signal);
    this.bell.take();
    if (!signal.aborted) return;
    const { organisation } = this.lease;
    this.parts.refused(organisation, undefined);
    this.parts.metrics.left(organisation);
  }

  private async round(signal: AbortSignal): Promise<void> {
    const { runs, pollMilliseconds, checkpointMilliseconds } = this.parts;
    const { organisation } = this.lease;
    this.bell.take();
    if (runs(organisation)) {
      await this.mustBeSame();
      let isBehind = true;
      while (isBehind && !signal.aborted && runs(organisation)) {
        isBehind = await this.sequence();
        if (!isBehind || performance.now() - this.signedAt >= checkpointMilliseconds) await this.sign();
      }
    }
    const left = this.signedAt + checkpointMilliseconds - performance.now();
    if (left > 0) await pause(left, signal);
    else await this.bell.wait(pollMilliseconds, signal);
  }

  /** A log that rests moves no tree, so that nothing else would tell that this one is not the newest any more. */
  private async mustBeSame(): Promise<void> {
    const { organisation, incarnation, size, position } = this.tree;
    const now = await this.parts.ledger.tree(organisation);
    if (now?.incarnation === incarnation && now.size === size && now.position === position) return;
    throw new TreeMovedError(`the tree ${organisation}/${incarnation} goes elsewhere now`);
  }

  /** What is there is signed before the lane ends, if it may be, and nobody else has the lane by now. */
  private async finish(): Promise<void> {
    const { runs, log } = this.parts;
    const { organisation } = this.lease;
    const end = performance.now() + endMilliseconds;
    try {
      while (runs(organisation) && performance.now() < end && (await this.sequence())) continue;
      if (runs(organisation)) await this.sign();
    } catch (error) {
      if (error instanceof LeaseLostError) return;
      log.warn({ organisation, code: errorCode(error) }, 'the last events were not signed; the next start does it');
    }
  }

  /** Takes the next leaves into the tree; true when there may be more. */
  private async sequence(): Promise<boolean> {
    const { store, steps, batchSize, metrics } = this.parts;
    const { organisation } = this.lease;
    const leaves = await store.readLeaves(organisation, this.tree.position, batchSize);
    if (leaves.length > 0) {
      await steps.done('ledger/leaves-read');
      await this.write(leaves);
      await steps.done('ledger/tiles-written');
    }
    const isBehind = leaves.length === batchSize;
    metrics.standing(this.tree, isBehind ? await store.head(organisation) : this.tree.position);
    return isBehind;
  }

  /** Tiles and the tree's size in one transaction: no reader ever sees one without the other. */
  private async write(leaves: readonly StoredLeaf[]): Promise<void> {
    const { pool, leases } = this.parts;
    const { builder, tree } = this;
    const begin = builder.size;
    for (const { leaf } of leaves) builder.append(leaf);
    const tiles = changedTiles(builder, begin, leaves);
    const position = leaves.at(-1)?.position ?? tree.position;
    const moved = { ...tree, size: builder.size, position };
    await inTransaction(pool, async (client) => {
      await leases.guard(client, this.lease);
      // The tree first: whoever makes it again holds it locked, and waits for nobody's tiles.
      await moveTree(client, tree, tree, moved);
      await writeTiles(client, tree, tiles);
    });
    this.tree = moved;
  }

  /** Signs what the tiles say, if that is more than was signed; stored before anybody is told. */
  private async sign(): Promise<void> {
    const { keys, clock, pool, leases, steps, stored, metrics } = this.parts;
    const { organisation, incarnation, origin, size, position } = this.tree;
    if (size === this.signedSize) return;
    const root = this.builder.root();
    const signers = (await keys.signing()).map((key) => noteSigner(origin, key));
    const note = formatNote(await signNote(checkpointText({ origin, size, root }), signers));
    await steps.done('ledger/checkpoint-signed');
    const signedAt = clock.now();
    const entry = { organisation, incarnation, size, position, root, signedAt, note, cosignatures: [] };
    await inTransaction(pool, async (client) => {
      await leases.guard(client, this.lease);
      if (await insertCheckpoint(client, entry)) return;
      throw new TreeMovedError(`the tree ${organisation}/${incarnation} goes elsewhere now`);
    });
    this.signedSize = size;
    this.signedAt = performance.now();
    await steps.done('ledger/checkpoint-stored');
    metrics.signed(entry);
    stored(entry);
    this.deliveries.announce();
  }
}
