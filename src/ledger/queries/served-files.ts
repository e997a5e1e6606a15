import { Inject, Injectable } from '@nestjs/common';
import { kindOf, type FileKind } from '@ardoise/bundle';
import type { EventStore } from '@ardoise/event-store';
import { sha256 } from '@ardoise/format';
import { Sequencer } from '@ardoise/sequencer';
import { EVENT_STORE } from '../../platform/tokens';
import { LedgerContents, numberIn, type LedgerFile } from '../files/ledger-contents';
import { LedgerStates, type LedgerState } from '../files/ledger-state';

/** A file of the ledger as HTTP gives it. */
export interface ServedFile {
  readonly content: Buffer | AsyncIterable<Buffer>;
  readonly mediaType: string;
  readonly cacheControl: string;
  /** Quoted; absent of what is not known before it is sent. */
  readonly etag?: string;
}

const json = 'application/json; charset=utf-8';
const ndjson = 'application/x-ndjson';
const bytes = 'application/octet-stream';

const mediaTypes: Readonly<Record<FileKind, string>> = {
  ledger: json,
  keys: json,
  policy: json,
  vocabulary: json,
  receipts: ndjson,
  units: ndjson,
  checkpoints: ndjson,
  // c2sp.org/tlog-tiles.
  checkpoint: 'text/plain; charset=utf-8',
  tile: bytes,
  entries: bytes,
  readme: 'text/markdown; charset=utf-8',
};

/** How long the end of what has ended is waited for to be signed. */
const signedWithinMilliseconds = 5_000;

/** The ledger's files for whoever asks over HTTP: always as of now. */
@Injectable()
export class ServedFiles {
  constructor(
    private readonly states: LedgerStates,
    private readonly contents: LedgerContents,
    private readonly sequencer: Sequencer,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /** Undefined when there is no such file. */
  async find(organisation: string, path: string): Promise<ServedFile | undefined> {
    const file = await this.contents.file(await this.stateFor(organisation, path), path);
    if (!file) return undefined;
    const { kind, content } = this.signed(organisation, file);
    const etag = Buffer.isBuffer(content) ? `"${sha256(content).toString('hex').slice(0, 32)}"` : undefined;
    return {
      content,
      mediaType: mediaTypes[kind],
      cacheControl: cacheControlOf(kind, path),
      ...(etag === undefined ? {} : { etag }),
    };
  }

  /** What a file is made from: the trees of which it can be. */
  private async stateFor(organisation: string, path: string): Promise<LedgerState> {
    const kind = kindOf(path);
    if (kind === 'ledger') return this.states.now(organisation);
    const ofTree = kind === 'tile' || kind === 'entries' || kind === 'checkpoint' || kind === 'checkpoints';
    const tree = ofTree ? await this.states.tree(organisation, numberIn(path)) : undefined;
    return { organisation, madeAt: new Date(0), trees: tree ? [tree] : [] };
  }

  /**
   * What is said to have ended, or to be receipted, ends only when the events that say so are signed: whoever has read it
   * whole, and asks for a checkpoint then, gets one that covers it.
   */
  private signed(organisation: string, { kind, content }: LedgerFile): LedgerFile {
    if (Buffer.isBuffer(content) || kind === 'checkpoints') return { kind, content };
    return { kind, content: this.thenSigned(organisation, content) };
  }

  private async *thenSigned(organisation: string, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    yield* content;
    const head = await this.store.head(organisation);
    // Where nobody signs, it is said as it is: the checkpoint shows how old it is.
    const timeoutMs = signedWithinMilliseconds;
    await this.sequencer.sequenced(organisation, head, { timeoutMs }).catch(() => undefined);
  }
}

/** A tile never changes; one that is not full may be gone when it is. Nothing says who may keep it: a proxy's matter. */
function cacheControlOf(kind: FileKind, path: string): string {
  if (kind === 'checkpoint') return 'max-age=1';
  if (kind !== 'tile' && kind !== 'entries') return 'no-cache';
  return path.includes('.p/') ? 'max-age=86400, immutable' : 'max-age=31536000, immutable';
}
