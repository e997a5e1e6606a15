import { Inject, Injectable } from '@nestjs/common';
import type { EventStore } from '@ardoise/event-store';
import { errorCode } from '@ardoise/lanes';
import { Opener } from '@ardoise/sealing';
import { DataSource } from 'typeorm';
import { digestAt } from '../../platform/gate/compare';
import { Platform } from '../../platform/platform';
import { Reactions } from '../../platform/reactions';
import { EVENT_STORE } from '../../platform/tokens';
import { erasureDecided } from '../domain/events';
import { ErasureBeginning } from './erasure-beginning';

const atOnce = 1_000;
const wanted: ReadonlySet<string> = new Set([erasureDecided.type]);

interface Recalled {
  readonly position: string;
  readonly header_digest: string | null;
}

/**
 * Finds erasures that were decided and that nobody remembers: the table of erasures was lost, or the log is no longer
 * the one that it was made from. Reactions do not see an event twice; this looks through the log once more.
 */
@Injectable()
export class ErasureRecall {
  private isDone = false;
  private readonly recalled = new Set<string>();

  constructor(
    private readonly database: DataSource,
    private readonly opener: Opener,
    private readonly reactions: Reactions,
    private readonly beginning: ErasureBeginning,
    private readonly platform: Platform,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /**
   * Once a process, for every organisation; reads nothing but one event where all is as it was. One whose log cannot be
   * looked through is looked at again the next time, and keeps nobody from going on.
   */
  async once(): Promise<void> {
    if (this.isDone) return;
    const organisations = await this.store.organisations();
    for (const organisation of organisations) {
      if (this.recalled.has(organisation)) continue;
      try {
        await this.recall(organisation);
        this.recalled.add(organisation);
      } catch (error) {
        const { log } = this.platform;
        log.warn({ organisation, code: errorCode(error) }, 'decided erasures could not be looked for; trying again');
      }
    }
    this.isDone = organisations.every((one) => this.recalled.has(one));
  }

  private async recall(organisation: string): Promise<void> {
    const head = await this.store.head(organisation);
    if (!(await this.isSame(organisation))) {
      for (let at = 0n; at < head;) at = await this.beginPart(organisation, at);
      return this.keep(organisation, head);
    }
    // What the reaction has passed since, it has remembered.
    const passed = await this.reactions.running().passed(organisation);
    await this.keep(organisation, passed < head ? passed : head);
  }

  private async beginPart(organisation: string, after: bigint): Promise<bigint> {
    const stored = await this.store.readLog(organisation, after, atOnce);
    const decided = await this.opener.open(organisation, stored, wanted);
    for (const event of decided) await this.beginning.begin(event);
    return stored.at(-1)?.position ?? (await this.store.head(organisation));
  }

  /** Whether the log still has the event up to which everything was remembered. */
  private async isSame(organisation: string): Promise<boolean> {
    const [row]: Recalled[] = await this.database.query(
      'SELECT position, header_digest FROM erasures.recalled WHERE organisation = $1',
      [organisation],
    );
    if (!row) return false;
    const digest = await digestAt(this.store, organisation, BigInt(row.position));
    return digest !== undefined && (row.header_digest === null || row.header_digest === digest);
  }

  /** Where no event stands, because one before it was parked or positions are not counted, what was kept stays. */
  private async keep(organisation: string, position: bigint): Promise<void> {
    const digest = await digestAt(this.store, organisation, position);
    if (digest === undefined) return;
    await this.database.query(
      `INSERT INTO erasures.recalled (organisation, position, header_digest) VALUES ($1, $2, $3)
       ON CONFLICT (organisation) DO UPDATE SET position = $2, header_digest = $3`,
      [organisation, position.toString(), digest],
    );
  }
}
