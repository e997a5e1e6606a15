import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { OrganisationDirectory } from '../../organisations/queries/organisation-directory';
import { Platform } from '../../platform/platform';
import { VAULT } from '../../platform/tokens';
import { DayEnding } from './days/day-ending';
import { DayEnds } from './days/day-ends';
import { KeptEnding } from './kept/kept-ending';
import { OrganisationEnding } from './organisation/organisation-ending';

const everyMilliseconds = 2_000;
/** How often days and dates that may have come are looked for; they come at midnights. */
const lookMilliseconds = 600_000;
const sweptAtOnce = 1_000;

/** What ends by itself: days whose period is over, units whose date has come. And goes on with what was begun. */
@Injectable()
export class EndsSchedule {
  private running: Promise<void> | undefined;
  private lookedAt: number | undefined;
  /** Whether rows of ended days may be there to be swept: at the start nobody knows. */
  private toSweep = true;

  constructor(
    private readonly days: DayEnding,
    private readonly dayEnds: DayEnds,
    private readonly kept: KeptEnding,
    private readonly organisations: OrganisationEnding,
    private readonly directory: OrganisationDirectory,
    private readonly clock: Clock,
    private readonly platform: Platform,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  @Interval(everyMilliseconds)
  async tick(): Promise<void> {
    if (!this.platform.config.work || this.running) return;
    const now = this.clock.now().getTime();
    // Also after a clock that was put back.
    const look = this.lookedAt === undefined || Math.abs(now - this.lookedAt) >= lookMilliseconds;
    if (look) this.lookedAt = now;
    await this.trying('*', () => this.alone(() => (look ? this.endDue() : this.goOn())));
  }

  /** Ends what is due, of every organisation, and goes on with what was begun. */
  run(): Promise<void> {
    return this.alone(() => this.endDue());
  }

  /** One run at a time in a process; several processes only repeat each other. */
  private alone(work: () => Promise<void>): Promise<void> {
    const run = (this.running ?? Promise.resolve()).catch(() => undefined).then(work);
    this.running = run;
    return run.finally(() => {
      if (this.running === run) this.running = undefined;
    });
  }

  private async endDue(): Promise<void> {
    const living = new Set(
      (await this.vault.organisations()).flatMap(({ organisation, state }) => (state === 'active' ? organisation : [])),
    );
    for (const organisation of this.directory.slugs()) {
      if (!living.has(organisation)) continue;
      await this.trying(organisation, async () => {
        for (const day of await this.days.due(organisation)) await this.days.end(day);
        await this.kept.endDue(organisation);
      });
    }
    await this.goOn();
  }

  private async goOn(): Promise<void> {
    // What was begun by a command, before its time, is not found by its date.
    for (const day of await this.dayEnds.inState('begun')) {
      await this.trying(day.organisation, () => this.days.end(day));
    }
    if ((await this.days.completeWaiting()) > 0) this.toSweep = true;
    await this.kept.completeWaiting();
    await this.organisations.goOn();
    while (this.toSweep) this.toSweep = (await this.vault.sweepEndedDays(sweptAtOnce)) > 0;
  }

  /** What fails in one organisation is tried again, and holds no other up. */
  private async trying(organisation: string, run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
    } catch (error) {
      const { code, name } = error as { code?: unknown; name: string };
      this.lookedAt = undefined;
      this.platform.log.warn({ organisation, error: name, code }, 'what is due could not be ended; trying again');
    }
  }
}
