import { counterIn, gaugeIn } from '@ardoise/lanes';
import type { Registry } from 'prom-client';
import type { ReactionCheckpoint } from './checkpoints';

const labels: ('organisation' | 'reaction')[] = ['organisation', 'reaction'];

/** What reactions tell about themselves: organisation and reaction, never anything personal. */
export class ReactionMetrics {
  private readonly position;
  private readonly lag;
  private readonly stopped;
  private readonly done;
  private readonly parked;

  constructor(registry: Registry) {
    this.position = gaugeIn(registry, 'ardoise_reaction_position', 'Log position that the reaction has done', labels);
    this.lag = gaugeIn(
      registry,
      'ardoise_reaction_lag_positions',
      'Log positions that the reaction is behind; what one counts is in docs/eventstoredb.md',
      labels,
    );
    this.stopped = gaugeIn(registry, 'ardoise_reaction_stopped', '1 while the reaction is stopped at an event', labels);
    this.parked = gaugeIn(
      registry,
      'ardoise_reaction_parked_events',
      'Events that the reaction gave up, and those that wait behind them in their streams',
      labels,
    );
    this.done = counterIn(registry, 'ardoise_reaction_events_total', 'Events that the reaction has handled', labels);
  }

  moved({ organisation, reaction, position, stopped }: ReactionCheckpoint, events: number): void {
    this.position.set({ organisation, reaction }, Number(position));
    this.stopped.set({ organisation, reaction }, stopped ? 1 : 0);
    this.done.inc({ organisation, reaction }, events);
  }

  standing({ organisation, reaction, position, stopped }: ReactionCheckpoint, head: bigint, parked: number): void {
    this.parked.set({ organisation, reaction }, parked);
    this.position.set({ organisation, reaction }, Number(position));
    this.lag.set({ organisation, reaction }, Number(head > position ? head - position : 0n));
    this.stopped.set({ organisation, reaction }, stopped ? 1 : 0);
  }
}
