import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { errorCode } from '@ardoise/lanes';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { OrganisationDirectory } from '../../organisations/queries/organisation-directory';
import { Platform } from '../../platform/platform';
import { VAULT } from '../../platform/tokens';
import { DayEnding } from './days/day-ending';
import { DayEnds, dayId, type DayName } from './days/day-ends';
import { EndFailures, lookForDue, type EndName, type EndProcess } from './end-failures';
import { KeptEnding } from './kept/kept-ending';
import { KeptEnds } from './kept/kept-ends';
import { OrganisationEnding } from './organisation/organisation-ending';
import { OrganisationEnds } from './organisation/organisation-ends';

const everyMilliseconds = 2_000;
/** How often days and dates that may have come are looked for; they come at midnights. */
const lookMilliseconds = 600_000;
const sweptAtOnce = 1_000;

/** What ends by itself: days whose period is over, units whose date has come. And goes on with what was begun. */
@Injectable()
export class EndsSchedule {
  private running: Promise<void> | undefined;
  private lookedAt: number | undefined;
  /** When a look that failed is to be tried again. */
  private retryAt: number | undefined;
  /** Whether rows of ended days may be there to be swept: at the start nobody knows. */
  private toSweep = true;

  constructor(
    private readonly days: DayEnding,
    private readonly dayEnds: DayEnds,
    private readonly kept: KeptEnding,
    private readonly keptEnds: KeptEnds,
    private readonly organisations: OrganisationEnding,
    private readonly organisationEnds: OrganisationEnds,
    private readonly failures: EndFailures,
    private readonly directory: OrganisationDirectory,
    private readonly clock: Clock,
    private readonly platform: Platform,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  @Interval(everyMilliseconds)
  async tick(): Promise<void> {
    if (!this.platform.config.work || this.platform.departure.isLeft || this.running) return;
    const now = this.clock.now().getTime();
    // Also after a clock that was put back.
    const retry = this.retryAt !== undefined && this.retryAt <= now;
    const look = retry || this.lookedAt === undefined || Math.abs(now - this.lookedAt) >= lookMilliseconds;
    if (look) this.lookedAt = now;
    try {
      await this.alone(() => (look ? this.endDue() : this.goOn()));
    } catch (error) {
      // What concerns one of them is kept beside it; this is the database, or the vault, away.
      this.lookedAt = undefined;
      this.platform.log.warn({ code: errorCode(error) }, 'what is due could not be looked for; trying again');
    }
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
    this.retryAt = undefined;
    const living = new Set(
      (await this.vault.organisations()).flatMap(({ organisation, state }) => (state === 'active' ? organisation : [])),
    );
    for (const organisation of this.directory.slugs()) {
      // What is recorded of an organisation in quarantine is refused until its log and vault are put right; and of a log
      // that was left, for good.
      if (!living.has(organisation) || this.platform.rests(organisation)) continue;
      await this.look('day-ends', organisation, async () => {
        for (const day of await this.days.due(organisation)) await this.endDay(day);
      });
      await this.look('kept-ends', organisation, () => this.kept.endDue(organisation));
    }
    await this.failures.forgetOld();
    await this.goOn();
  }

  /** Each by itself: what fails is tried again, shown, and holds no other up. */
  private async goOn(): Promise<void> {
    // What was begun by a command, before its time, is not found by its date.
    for (const day of await this.dayEnds.inState('begun')) await this.endDay(day);
    for (const day of await this.dayEnds.inState('destroyed')) {
      await this.failures.guard(nameOf(day), async () => {
        if (await this.days.completeIfOver(day)) this.toSweep = true;
      });
    }
    for (const list of await this.keptEnds.listedAll()) {
      await this.look('kept-ends', list.organisation, () => this.kept.endDue(list.organisation));
    }
    for (const list of await this.keptEnds.waiting()) {
      const { organisation, batch: id } = list;
      await this.failures.guard({ process: 'kept-ends', organisation, id }, () => this.kept.completeIfOver(list));
    }
    for (const { organisation } of await this.organisationEnds.underWay()) {
      const name = { process: 'organisation-ends', organisation, id: organisation } as const;
      await this.failures.guard(name, () => this.organisations.advance(organisation));
    }
    while (this.toSweep) this.toSweep = (await this.vault.sweepEndedDays(sweptAtOnce)) > 0;
  }

  private async look(process: EndProcess, organisation: string, work: () => Promise<unknown>): Promise<void> {
    const again = (await this.failures.guard({ process, organisation, id: lookForDue }, work))?.getTime();
    if (again !== undefined) this.retryAt = Math.min(this.retryAt ?? again, again);
  }

  private async endDay(day: DayName): Promise<void> {
    await this.failures.guard(nameOf(day), () => this.days.end(day));
  }
}

function nameOf(day: DayName): EndName {
  return { process: 'day-ends', organisation: day.organisation, id: dayId(day) };
}
