import { counterIn, gaugeIn } from '@ardoise/lanes';
import type { Registry } from 'prom-client';
import type { Applied } from './apply-batch';
import type { Checkpoint } from './checkpoints';

const labels: ('organisation' | 'projection')[] = ['organisation', 'projection'];

/** What a projection lane tells about itself: organisation and projection, never anything personal. */
export class ProjectionMetrics {
  private readonly position;
  private readonly lag;
  private readonly stopped;
  private readonly applied;

  constructor(registry: Registry) {
    this.position = gaugeIn(
      registry,
      'ardoise_projection_position',
      'Log position that the projection has passed',
      labels,
    );
    this.lag = gaugeIn(
      registry,
      'ardoise_projection_lag_positions',
      'Log positions that the projection is behind; what one counts is in docs/scale.md',
      labels,
    );
    this.stopped = gaugeIn(
      registry,
      'ardoise_projection_stopped',
      '1 while the projection is stopped at an event',
      labels,
    );
    this.applied = counterIn(
      registry,
      'ardoise_projection_events_total',
      'Events that the projection has applied',
      labels,
    );
  }

  committed(organisation: string, applied: readonly Applied[]): void {
    for (const { advance, events } of applied) {
      const of = { organisation, projection: advance.projection };
      this.position.set(of, Number(advance.position));
      this.applied.inc(of, events);
      if (advance.stopped) this.stopped.set(of, 1);
    }
  }

  standing({ organisation, projection, position }: Checkpoint, head: bigint, stopped: boolean): void {
    const of = { organisation, projection };
    this.position.set(of, Number(position));
    this.lag.set(of, Number(head > position ? head - position : 0n));
    this.stopped.set(of, stopped ? 1 : 0);
  }
}
