import { Inject, Injectable } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import type { EventStore } from '@ardoise/event-store';
import { readHeader } from '@ardoise/format';
import { errorCode } from '@ardoise/lanes';
import { Clock } from '@ardoise/time';
import type { MadeUnit } from '@ardoise/vault';
import { setTimeout as delay } from 'node:timers/promises';
import { Platform } from '../../platform/platform';
import { EVENT_STORE } from '../../platform/tokens';
import { KeyRotation } from '../rotation/key-rotation';

export interface Swept {
  /** Units that were looked at. */
  readonly looked: number;
  /** Orphans whose keys were destroyed. */
  readonly buried: number;
  /** Rows of ended days whose links were taken away, or that were dropped. */
  readonly rows: number;
}

export interface SweepOptions {
  /** Units made since; default eight days ago, since every day looks at the day before. */
  readonly from?: Date;
  /** Default: a promise that resolves after so many milliseconds. */
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

const dayMilliseconds = 86_400_000;
/** A unit that is younger may be waiting for its append. */
const youngest = dayMilliseconds;
const window = 8 * dayMilliseconds;
/** Beyond the lease: how long an append may take that was sealed before the fence. */
const appendMilliseconds = 20_000;
const unitsAtOnce = 1_000;
const rowsAtOnce = 1_000;

/**
 * Takes away what is of no use: keys that nothing was ever sealed under, links of days that have ended, and in the
 * anchors what no backup could bring back any more.
 */
@Injectable()
export class Sweep {
  constructor(
    private readonly platform: Platform,
    private readonly clock: Clock,
    private readonly rotation: KeyRotation,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  @Cron('17 3 * * *')
  async daily(): Promise<void> {
    try {
      const { looked, buried, rows } = await this.run();
      this.platform.log.info({ looked, buried, rows }, 'keys swept');
    } catch (error) {
      this.platform.log.warn({ code: errorCode(error) }, 'keys could not be swept; tomorrow again');
    }
  }

  /**
   * All organisations but those in quarantine, and nothing when the log was left: in a log that is too old, every newer key
   * would look like an orphan.
   */
  async run(options: SweepOptions = {}): Promise<Swept> {
    let [looked, buried, rows] = [0, 0, 0];
    for (const { organisation, state } of await this.platform.vault.organisations()) {
      if (state === 'ended' || this.platform.rests(organisation)) continue;
      const one = await this.orphans(organisation, options);
      looked += one.looked;
      buried += one.buried;
    }
    for (let swept = rowsAtOnce; swept === rowsAtOnce; rows += swept) {
      swept = await this.platform.upkeep.sweepEndedDays(rowsAtOnce);
    }
    await this.compactAnchors();
    return { looked, buried, rows };
  }

  private async compactAnchors(): Promise<void> {
    for (const { organisation, nothingOlderThan } of await this.rotation.status()) {
      if (nothingOlderThan === undefined || this.platform.rests(organisation)) continue;
      await this.platform.anchors.compactBefore(organisation, nothingOlderThan);
    }
  }

  private async orphans(organisation: string, options: SweepOptions): Promise<{ looked: number; buried: number }> {
    const now = this.clock.now().getTime();
    const { from = new Date(now - window), wait = (milliseconds) => delay(milliseconds) } = options;
    const to = new Date(now - youngest);
    let [looked, buried] = [0, 0];
    for (let after: string | undefined; ;) {
      const between = { from, to, limit: unitsAtOnce, ...(after === undefined ? {} : { after }) };
      const units = await this.platform.upkeep.unitsMadeBetween(organisation, between);
      looked += units.length;
      buried += await this.bury(organisation, await this.unused(organisation, units), wait);
      after = units.at(-1)?.unit;
      if (units.length < unitsAtOnce) return { looked, buried };
    }
  }

  /**
   * Whoever has loaded a key may still seal and append until its lease is over. So the fence comes first, then the
   * wait, then the second look; only what is still unused is destroyed, and it needs no event: no header names it.
   */
  private async bury(
    organisation: string,
    suspects: readonly MadeUnit[],
    wait: (milliseconds: number) => Promise<unknown>,
  ): Promise<number> {
    if (suspects.length === 0) return 0;
    const { upkeep, vault } = this.platform;
    const ids = suspects.map(({ unit }) => unit);
    await upkeep.fenceUnits(organisation, ids);
    await wait((await vault.leaseBound()) + appendMilliseconds);
    const unused = await this.unused(organisation, suspects);
    const still = new Set(unused.map(({ unit }) => unit));
    await upkeep.unfenceUnits(
      organisation,
      ids.filter((unit) => !still.has(unit)),
    );
    return upkeep.buryOrphans(organisation, unused);
  }

  /** Those that no header of their stream names. Only of the log that goes on: who uses them now is not named by one that was left. */
  private async unused(organisation: string, units: readonly MadeUnit[]): Promise<MadeUnit[]> {
    const streams = [...new Set(units.map(({ stream }) => stream))];
    const named = new Set<string>();
    for (let at = 0; at < streams.length; at += 64) {
      const events = await Promise.all(
        streams.slice(at, at + 64).map((stream) => this.store.readStream(organisation, stream)),
      );
      for (const { header } of events.flat()) for (const { unit } of readHeader(header).sections) named.add(unit);
    }
    // Asked after the reading: nothing was recorded elsewhere before the mark.
    if (await this.platform.departure.look()) return [];
    // A unit that was used and fenced by a sweep that crashed is named: it is given back.
    const fenced = units.filter(({ unit }) => named.has(unit)).map(({ unit }) => unit);
    await this.platform.upkeep.unfenceUnits(organisation, fenced);
    return units.filter(({ unit }) => !named.has(unit));
  }
}
