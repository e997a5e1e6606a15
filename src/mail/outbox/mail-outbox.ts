import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { Config } from '@ardoise/config';
import type { EventStore } from '@ardoise/event-store';
import { errorCode } from '@ardoise/lanes';
import { type Feed, liveFeedOf, OutboxRuntime } from '@ardoise/outbox';
import type { LogFollower } from '../../platform/capability';
import { EndedOrganisations } from '../../platform/ended-organisations';
import { Platform } from '../../platform/platform';
import { CONFIG } from '../../platform/tokens';
import { LetterFolder } from './letter-folder';
import { MailCourier } from './mail-courier';
import { mailDestination, MailPlanner } from './mail-planner';

const channel = 'mail';
const everyMilliseconds = 10_000;
const sweepMilliseconds = 3_600_000;

/** The outbox of mail: fed from the logs, and emptied to the mail server, or the folder, that is configured. */
@Injectable()
export class MailOutbox implements LogFollower {
  /** Entries and dead letters; looking at them needs no mail server. */
  readonly runtime: OutboxRuntime;
  private readonly store: EventStore;
  private started = false;
  private sweptAt = 0;

  constructor(
    private readonly platform: Platform,
    private readonly ended: EndedOrganisations,
    private readonly folder: LetterFolder,
    planner: MailPlanner,
    courier: MailCourier,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    const { store, pools, clock, metrics, log, quarantines, departure, rests } = platform;
    this.store = store;
    this.runtime = new OutboxRuntime({
      store,
      pool: pools.read,
      planner,
      courier,
      channel,
      destinations: async () =>
        (await this.feeds()).map(({ organisation }) => ({ organisation, destination: mailDestination })),
      runs: (organisation) => !rests(organisation) && !ended.has(organisation),
      clock,
      metrics,
      log,
    });
    quarantines.onLifted(() => this.runtime.lookNow());
    departure.onChange(() => this.runtime.lookNow());
  }

  /** Nobody is written to of what was recorded before mail was on. */
  async start(): Promise<void> {
    if (!this.config.mail) return;
    await this.folder.prepare();
    for (const organisation of await this.store.organisations()) {
      await this.open(organisation, await this.store.head(organisation));
    }
    this.runtime.start();
    this.started = true;
  }

  stop(): Promise<void> {
    this.started = false;
    return this.runtime.stop();
  }

  /** An organisation that came since is told of from its beginning. */
  @Interval(everyMilliseconds)
  async tick(): Promise<void> {
    if (!this.started || this.platform.departure.isLeft) return;
    try {
      const known = new Set((await this.feeds()).map(({ organisation }) => organisation));
      for (const organisation of await this.store.organisations()) {
        if (!known.has(organisation)) await this.open(organisation, 0n);
      }
      const now = this.platform.clock.now().getTime();
      if (now - this.sweptAt < sweepMilliseconds) return;
      await this.folder.sweep(this.runtime.entries);
      this.sweptAt = now;
    } catch (error) {
      this.platform.log.warn(
        { code: errorCode(error) },
        'mail: organisations and old letters could not be looked for; trying again',
      );
    }
  }

  /**
   * Nothing opened is kept between two letters but in a folder of letters, from which what ended before the position is
   * gone then; a letter under way is waited for as a reader. So ends of keys need not wait.
   */
  async passed(organisation: string): Promise<bigint> {
    const head = await this.store.head(organisation);
    await this.folder.sweepOf(this.runtime.entries, organisation);
    return head;
  }

  async setBack(organisation: string, to: bigint): Promise<void> {
    await this.runtime.feeds.setBack(organisation, to);
  }

  private async feeds(): Promise<Feed[]> {
    return (await this.runtime.feeds.list()).filter(({ feed }) => feed === liveFeedOf(channel));
  }

  private async open(organisation: string, position: bigint): Promise<void> {
    // Nothing is to stand of it in any table.
    if (this.ended.has(organisation)) return;
    await this.runtime.feeds.open({ organisation, feed: liveFeedOf(channel), position });
  }
}
