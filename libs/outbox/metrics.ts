import { counterIn } from '@ardoise/lanes';
import { Gauge, type Registry } from 'prom-client';
import type { Delivery, Destination } from './entry';
import type { Entries } from './entries';

/** What the outbox tells about itself: organisations and destinations' ids, never an address or a content. */
export class OutboxMetrics {
  private readonly tries;

  constructor(registry: Registry, entries: Entries) {
    const labels: ('organisation' | 'destination' | 'outcome')[] = ['organisation', 'destination', 'outcome'];
    this.tries = counterIn(registry, 'ardoise_outbox_tries_total', 'Tries to deliver, by what became of them', labels);
    gaugeOf(registry, entries);
  }

  tried({ organisation, destination }: Destination, outcome: Delivery['kind']): void {
    this.tries.inc({ organisation, destination, outcome });
  }
}

/** Counted when somebody asks, for what waits is in the database, not in a process. */
function gaugeOf(registry: Registry, entries: Entries): void {
  const name = 'ardoise_outbox_entries';
  if (registry.getSingleMetric(name)) return;
  const gauge: Gauge = new Gauge({
    name,
    help: 'Entries of the outbox that wait (pending) or were given up (dead)',
    labelNames: ['organisation', 'destination', 'state'],
    registers: [registry],
    async collect() {
      gauge.reset();
      for (const { count, ...labels } of await entries.counts().catch(() => [])) gauge.set(labels, count);
    },
  });
}
