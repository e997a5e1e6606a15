import { Injectable } from '@nestjs/common';
import type { DurableProcess, ProcessStanding } from '../../platform/capability';
import { DayEnds, dayId } from './days/day-ends';
import { EndFailures, lookForDue, type EndProcess } from './end-failures';
import { KeptEnds } from './kept/kept-ends';
import { OrganisationEnds } from './organisation/organisation-ends';

/** What is under way and what of it fails; the look for what is due can fail where nothing is under way. */
async function together(
  failures: EndFailures,
  process: EndProcess,
  underWay: readonly ProcessStanding[],
): Promise<ProcessStanding[]> {
  const failing = await failures.of(process);
  const isOf = (one: { organisation: string; id: string }) => (other: { organisation: string; id: string }) =>
    one.organisation === other.organisation && one.id === other.id;
  const known = underWay.map((one) => {
    const failed = failing.find(isOf(one))?.failing;
    return failed ? { ...one, failing: failed } : one;
  });
  const others = failing.filter((one) => one.id === lookForDue).map((one) => ({ ...one, state: 'due' }));
  return [...known, ...others];
}

@Injectable()
export class DayEndsStanding implements DurableProcess {
  readonly name = 'day-ends';

  constructor(
    private readonly ends: DayEnds,
    private readonly failures: EndFailures,
  ) {}

  async standing(): Promise<ProcessStanding[]> {
    const rows = [...(await this.ends.inState('begun')), ...(await this.ends.inState('destroyed'))];
    const underWay = rows.map((row) => ({ organisation: row.organisation, id: dayId(row), state: row.state }));
    return together(this.failures, this.name, underWay);
  }
}

@Injectable()
export class KeptEndsStanding implements DurableProcess {
  readonly name = 'kept-ends';

  constructor(
    private readonly ends: KeptEnds,
    private readonly failures: EndFailures,
  ) {}

  async standing(): Promise<ProcessStanding[]> {
    const underWay = (await this.ends.all()).map(({ organisation, batch, state }) => ({
      organisation,
      id: batch,
      state,
    }));
    return together(this.failures, this.name, underWay);
  }
}

@Injectable()
export class OrganisationEndsStanding implements DurableProcess {
  readonly name = 'organisation-ends';

  constructor(
    private readonly ends: OrganisationEnds,
    private readonly failures: EndFailures,
  ) {}

  async standing(): Promise<ProcessStanding[]> {
    const underWay = (await this.ends.notOver()).map(({ organisation, state }) => ({
      organisation,
      id: organisation,
      state,
    }));
    return together(this.failures, this.name, underWay);
  }
}

export const endStandings = [DayEndsStanding, KeptEndsStanding, OrganisationEndsStanding] as const;
