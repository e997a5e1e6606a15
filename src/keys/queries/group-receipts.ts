import { Injectable } from '@nestjs/common';
import { DayEnds, type DayName } from '../ends/days/day-ends';
import { OrganisationEnds } from '../ends/organisation/organisation-ends';
import type { DayReceipt, OrganisationReceipt, Signed } from '../ends/signed-receipt';

const atOnce = 500;

/** The signed receipts of what ended for everybody at once. They concern nobody, and stay. */
@Injectable()
export class GroupReceipts {
  constructor(
    private readonly days: DayEnds,
    private readonly organisations: OrganisationEnds,
  ) {}

  /** The receipts of an organisation's days, the first day first, then its own; in memory for some at once. */
  async *of(organisation: string): AsyncGenerator<Signed<DayReceipt> | Signed<OrganisationReceipt>> {
    let last: Pick<DayName, 'day' | 'category'> | undefined;
    for (;;) {
      const page = await this.days.completedAfter(organisation, last, atOnce);
      for (const { receipt } of page) if (receipt) yield receipt;
      last = page.at(-1);
      if (page.length < atOnce) break;
    }
    const receipt = (await this.organisations.find(organisation))?.receipt;
    if (receipt) yield receipt;
  }
}
