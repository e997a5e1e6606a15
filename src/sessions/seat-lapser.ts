import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { errorCode } from '@ardoise/lanes';
import { Clock } from '@ardoise/time';
import { randomUUID } from 'node:crypto';
import { DataSource, LessThanOrEqual } from 'typeorm';
import type { AppLog } from '../platform/logging';
import { Platform } from '../platform/platform';
import { LOG } from '../platform/tokens';
import { SeatRow } from './read-models/seat.row';
import { Seats } from './seats';

const everyMilliseconds = 30_000;

/** Finds held seats that nobody confirmed in time, and has their sessions give them to the next. */
@Injectable()
export class SeatLapser {
  private running: Promise<number> | undefined;

  constructor(
    private readonly database: DataSource,
    private readonly seats: Seats,
    private readonly clock: Clock,
    private readonly platform: Platform,
    @Inject(LOG) private readonly log: AppLog,
  ) {}

  @Interval(everyMilliseconds)
  async tick(): Promise<void> {
    if (this.platform.departure.isLeft) return;
    try {
      await this.lapseOverdue();
    } catch (error) {
      this.log.warn({ error: (error as Error).name }, 'held seats could not be looked at; trying again');
    }
  }

  /** Lapses what is overdue; gives how many sessions that concerned. The session decides by itself which seats those are. */
  lapseOverdue(): Promise<number> {
    this.running ??= this.lapse().finally(() => (this.running = undefined));
    return this.running;
  }

  private async lapse(): Promise<number> {
    const overdue = await this.database.getRepository(SeatRow).find({
      select: { organisation: true, session: true },
      where: { state: 'held', lapsesAt: LessThanOrEqual(this.clock.now().toISOString()) },
    });
    const sessions = new Map(overdue.map((row) => [`${row.organisation}/${row.session}`, row]));
    for (const { organisation, session } of sessions.values()) {
      // A new id each time: what is overdue now is another command than what was overdue before.
      const context = { organisation, commandId: randomUUID(), service: 'server', source: 'system' };
      // One organisation that records nothing now holds up no other.
      await this.seats.lapse(context, session).catch((error: unknown) => {
        this.log.warn({ organisation, code: errorCode(error) }, 'seats of a session did not lapse; trying again');
      });
    }
    return sessions.size;
  }
}
