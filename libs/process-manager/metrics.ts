import { counterIn } from '@ardoise/lanes';
import { Gauge, type Registry } from 'prom-client';
import type { DeadLetters } from './dead-letters';

/** What processes tell about themselves: organisation and process, never anything personal. */
export class ProcessManagerMetrics {
  private readonly steps;
  private readonly timers;

  constructor(registry: Registry, letters: DeadLetters) {
    const of: ('organisation' | 'process')[] = ['organisation', 'process'];
    this.steps = counterIn(registry, 'ardoise_process_steps_total', 'Steps of processes, by outcome', [
      ...of,
      'outcome',
    ]);
    this.timers = counterIn(registry, 'ardoise_process_timers_total', 'Timers of processes that have come', of);
    standingStill(registry, letters);
  }

  stepped(organisation: string, process: string, outcome: 'done' | 'refused'): void {
    this.steps.inc({ organisation, process, outcome });
  }

  fired(organisation: string, process: string): void {
    this.timers.inc({ organisation, process });
  }
}

/** Counted when somebody asks, for what stands still is in the database, not in a process of the machine. */
function standingStill(registry: Registry, letters: DeadLetters): void {
  const name = 'ardoise_process_dead_letters';
  if (registry.getSingleMetric(name)) return;
  const gauge: Gauge = new Gauge({
    name,
    help: 'Processes that stand still at what they cannot take',
    labelNames: ['organisation', 'process'],
    registers: [registry],
    async collect() {
      gauge.reset();
      for (const { organisation, process, count } of await letters.counts().catch(() => [])) {
        gauge.set({ organisation, process }, count);
      }
    },
  });
}
