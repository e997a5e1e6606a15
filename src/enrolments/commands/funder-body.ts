import { Int, OneOf, Text } from '@ardoise/http';
import { funderKinds, type Funder } from '../domain/events';

export class FunderBody {
  @OneOf(funderKinds)
  kind: (typeof funderKinds)[number];

  @Int({ max: 10_000, description: 'Basis points; the shares of all funders add up to 10,000.' })
  share: number;

  @Text({ optional: true, max: 200, description: 'Number of the funding file.' })
  reference?: string;
}

export function fundersOf(bodies: readonly FunderBody[]): Funder[] {
  return bodies.map(({ kind, share, reference }) => ({
    kind,
    share,
    ...(reference === undefined ? {} : { reference }),
  }));
}
