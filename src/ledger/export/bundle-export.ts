import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  BundleWriter,
  checkpointPath,
  checkpointsPath,
  keysPath,
  ledgerPath,
  parseKeys,
  policyPath,
  readmePath,
  receiptsPath,
  tileIn,
  unitsPath,
  vocabularyPath,
} from '@ardoise/bundle';
import type { CommandContext } from '@ardoise/decider';
import type { EventStore } from '@ardoise/event-store';
import { tilePath, type Tile } from '@ardoise/ledger';
import { LongReaders } from '@ardoise/readers';
import { Sequencer } from '@ardoise/sequencer';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { EVENT_STORE, VAULT } from '../../platform/tokens';
import { RecordBundleCommand } from '../commands/record-bundle/record-bundle.command';
import { LedgerContents } from '../files/ledger-contents';
import { LedgerStates, type LedgerState } from '../files/ledger-state';
import type { LedgerSince } from '../files/since';
import { Statements } from '../files/statements';
import { PolicyTexts } from '../policies/policy-texts';
import { tilesSince } from '../files/tree-files';
import { BundleExportError } from './bundle-error';
import { readmeOf } from './readme';
import { SinceMark, type SinceAsked } from './since-mark';

export interface BundleRequest {
  readonly organisation: string;
  /** Where the archive shall be; nothing may be there. */
  readonly path: string;
  /** Who asks: what is recorded before anything is given out. */
  readonly context: Pick<CommandContext, 'commandId' | 'service' | 'source'>;
  readonly since?: SinceAsked;
  /** A ticket or minute. */
  readonly reference?: string;
  /** Stops it; nothing stays. */
  readonly signal?: AbortSignal;
  /** How many of the files with tiles and entries are written. */
  readonly onProgress?: (done: number, total: number) => void;
  /** How long a checkpoint over the log's end is waited for. */
  readonly timeoutMilliseconds?: number;
}

export interface MadeBundle {
  readonly trees: readonly { readonly incarnation: number; readonly size: number; readonly root: string }[];
  readonly since?: LedgerSince;
  readonly files: number;
  readonly bytes: number;
}

/** How far an export has come. */
interface Step {
  readonly state: LedgerState;
  readonly since?: LedgerSince;
  readonly done: number;
  readonly total: number;
}

/** After so many files it is said that the export still lives. */
const filesBetweenSteps = 64;

/** Writes an organisation's ledger as one archive, in bounded memory, whole or not at all. */
@Injectable()
export class BundleExport {
  constructor(
    private readonly states: LedgerStates,
    private readonly contents: LedgerContents,
    private readonly statements: Statements,
    private readonly policies: PolicyTexts,
    private readonly marks: SinceMark,
    private readonly sequencer: Sequencer,
    private readonly readers: LongReaders,
    private readonly commands: CommandBus,
    private readonly clock: Clock,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** @throws BundleExportError, BundleError, Refusal, CheckpointWaitTimeoutError */
  async make(request: BundleRequest): Promise<MadeBundle> {
    const writer = await BundleWriter.create(request.path, this.clock.now());
    try {
      let last: Step | undefined;
      for await (const step of this.readers.reading('bundle', request.organisation, () =>
        this.write(request, writer),
      )) {
        mustGoOn(request);
        last = step;
        request.onProgress?.(step.done, step.total);
      }
      mustGoOn(request);
      await writer.finish();
      return summaryOf(last, writer);
    } catch (error) {
      await writer.abandon();
      mustGoOn(request);
      throw error;
    }
  }

  /**
   * What has ended is written before the log's end is looked at: whatever is said of keys is in the log before it happens
   * to them, so that all of it lies below the checkpoint that is waited for.
   */
  private async *write(request: BundleRequest, writer: BundleWriter): AsyncGenerator<Step> {
    const { organisation, reference } = request;
    await writer.add(unitsPath, whileGoing(request, this.statements.endings(organisation)));
    await writer.add(receiptsPath, whileGoing(request, this.statements.receipts(organisation)));
    const state = await this.signedState(request);
    const since = request.since === undefined ? undefined : await this.marks.of(state, request.since);
    await this.record(request, state, since);
    const of = { state, ...(since === undefined ? {} : { since }) };
    const tiles = state.trees.map((stated) => ({ stated, tiles: tilesSince(stated, since) }));
    const total = tiles.reduce((sum, one) => sum + one.tiles.length, 0);
    yield { ...of, done: 0, total };
    await writer.add(ledgerPath, this.contents.index(state, since, reference));
    await this.addStatements(writer, state, since);
    let done = 0;
    for (const { stated, tiles: ofTree } of tiles) {
      await this.addCheckpoints(request, writer, state, stated.tree.incarnation);
      for (const tile of ofTree) {
        await this.addTile(writer, state, stated.tree.incarnation, tile);
        done += 1;
        if (done % filesBetweenSteps === 0) yield { ...of, done, total };
      }
    }
    yield { ...of, done, total };
  }

  /** The ledger as it is when a checkpoint covers all that the log has now. */
  private async signedState({ organisation, signal, timeoutMilliseconds }: BundleRequest): Promise<LedgerState> {
    const head = await this.store.head(organisation);
    if (head === 0n) throw new BundleExportError('ledger-empty', 'nothing was recorded for this organisation yet');
    await this.sequencer.sequenced(organisation, head, {
      ...(signal ? { signal } : {}),
      ...(timeoutMilliseconds === undefined ? {} : { timeoutMs: timeoutMilliseconds }),
    });
    return this.states.now(organisation);
  }

  /** Of an organisation that has ended nothing is recorded any more: its keys are gone, and its headers nobody's. */
  private async record(request: BundleRequest, state: LedgerState, since: LedgerSince | undefined): Promise<void> {
    const { organisation, context, reference } = request;
    const known = await this.vault.organisations();
    if (known.some((one) => one.organisation === organisation && one.state === 'ended')) return;
    await this.commands.execute(
      new RecordBundleCommand(
        { ...context, organisation },
        {
          trees: state.trees.map(({ tree, size, root }) => ({
            incarnation: tree.incarnation,
            size,
            root: root.toString('hex'),
          })),
          ...(since === undefined ? {} : { since }),
          ...(reference === undefined ? {} : { reference }),
        },
      ),
    );
  }

  private async addStatements(writer: BundleWriter, state: LedgerState, since: LedgerSince | undefined): Promise<void> {
    const keys = await this.statements.keys();
    await writer.add(readmePath, Buffer.from(readmeOf({ ...state, keys: parseKeys(keys), since }), 'utf8'));
    await writer.add(keysPath, keys);
    await writer.add(vocabularyPath, this.statements.vocabulary());
    for (const version of await this.policies.versions(state.organisation)) {
      await this.addFile(writer, state, policyPath(version));
    }
  }

  private async addCheckpoints(
    request: BundleRequest,
    writer: BundleWriter,
    state: LedgerState,
    incarnation: number,
  ): Promise<void> {
    for (const path of [checkpointPath(incarnation), checkpointsPath(incarnation)]) {
      const file = await this.contents.file(state, path);
      if (!file) continue;
      const { content } = file;
      await writer.add(path, Buffer.isBuffer(content) ? content : whileGoing(request, content));
    }
  }

  private addTile(writer: BundleWriter, state: LedgerState, incarnation: number, tile: Tile): Promise<void> {
    return this.addFile(writer, state, tileIn(incarnation, tilePath(tile)));
  }

  private async addFile(writer: BundleWriter, state: LedgerState, path: string): Promise<void> {
    const file = await this.contents.file(state, path);
    if (!file) throw new Error(`${path} is in the ledger, and is not there`);
    await writer.add(path, file.content);
  }
}

function summaryOf(last: Step | undefined, { size: bytes, files }: BundleWriter): MadeBundle {
  return {
    trees: (last?.state.trees ?? []).map(({ tree, size, root }) => ({
      incarnation: tree.incarnation,
      size,
      root: root.toString('base64'),
    })),
    ...(last?.since === undefined ? {} : { since: last.since }),
    files,
    bytes,
  };
}

async function* whileGoing(request: BundleRequest, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    mustGoOn(request);
    yield piece;
  }
}

/** @throws BundleExportError `export-interrupted` */
function mustGoOn({ signal }: BundleRequest): void {
  if (signal?.aborted)
    throw new BundleExportError('export-interrupted', 'the export was interrupted; nothing is there');
}
