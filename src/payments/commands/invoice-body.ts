import { CommandBody, Currency, Day, Id, Int, ListOf, Nested, Num, Text } from '@ardoise/http';
import type { InvoiceContent } from '../domain/checks';

/** Ten billion euros in cents: beyond it a figure is a mistake, and sums of two hundred lines stay exact. */
export const mostMinorUnits = 1_000_000_000_000;
export const mostInstalments = 60;

export class BuyerBody {
  @Text({ max: 200, description: 'As printed on the invoice.' })
  name: string;

  @Text({ optional: true, max: 500 })
  address?: string;

  @Text({ optional: true, max: 50, description: 'Number in a register of companies, as printed.' })
  registration?: string;
}

export class InvoiceLineBody {
  @Text({ max: 300 })
  label: string;

  @Text({ optional: true, max: 200, description: 'Title of the course, as printed.' })
  courseTitle?: string;

  @Day({ optional: true, description: 'First day of what is billed, as printed.' })
  from?: string;

  @Day({ optional: true, description: 'Last day of what is billed, as printed.' })
  to?: string;

  @Num({ max: 1_000_000 })
  quantity: number;

  @Int({ max: mostMinorUnits, description: 'In minor units.' })
  unitAmount: number;

  @Int({ max: mostMinorUnits, description: 'Quantity × unit amount, rounded half up to whole minor units.' })
  amount: number;
}

export class InstalmentBody {
  @Day()
  dueOn: string;

  @Int({ max: mostMinorUnits, description: 'In minor units.' })
  amount: number;
}

/** An invoice as the billing system issued it. */
export class InvoiceBody extends CommandBody {
  @Id({ description: 'The person who is billed, or for whom a company is billed.' })
  person: string;

  @Text({ max: 100, description: "The billing system's number." })
  number: string;

  @Day()
  issuedOn: string;

  @Nested(() => BuyerBody)
  buyer: BuyerBody;

  @ListOf(() => InvoiceLineBody)
  lines: InvoiceLineBody[];

  @Currency()
  currency: string;

  @Int({ max: mostMinorUnits, description: "Sum of the lines' amounts, in minor units." })
  total: number;

  @ListOf(() => InstalmentBody, { optional: true, max: mostInstalments, description: 'In the order of their days.' })
  instalments?: InstalmentBody[];
}

export function contentOf(body: InvoiceBody): InvoiceContent {
  const { number, issuedOn, buyer, lines, currency, total, instalments = [] } = body;
  return {
    number,
    issuedOn,
    buyer: { ...buyer },
    lines: lines.map((line) => ({ ...line })),
    currency,
    total,
    instalments: instalments.map((instalment) => ({ ...instalment })),
  };
}
