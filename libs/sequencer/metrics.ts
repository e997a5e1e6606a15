import { gaugeIn } from '@ardoise/lanes';
import type { Clock } from '@ardoise/time';
import { Gauge, type Registry } from 'prom-client';
import type { CheckpointEntry, Tree } from './tree';

const labels: 'organisation'[] = ['organisation'];
const ageName = 'ardoise_ledger_checkpoint_age_seconds';

/** What sequencers tell about themselves: organisations, sizes and times. */
export class LedgerMetrics {
  private readonly size;
  private readonly signedSize;
  private readonly lag;
  private readonly refused;
  private readonly signedAt = new Map<string, Date>();

  constructor(
    registry: Registry,
    private readonly clock: Clock,
  ) {
    this.size = gaugeIn(registry, 'ardoise_ledger_tree_size', 'Leaves of the newest tree', labels);
    this.signedSize = gaugeIn(registry, 'ardoise_ledger_checkpoint_size', 'Leaves of the newest checkpoint', labels);
    this.lag = gaugeIn(
      registry,
      'ardoise_ledger_lag_positions',
      'Log positions that the tree is behind; what one counts is in docs/scale.md',
      labels,
    );
    const refusedHelp = '1 while nothing is signed, because ledger and log differ';
    this.refused = gaugeIn(registry, 'ardoise_ledger_refused', refusedHelp, labels);
    this.age(registry);
  }

  standing({ organisation, size, position }: Tree, head: bigint): void {
    this.size.set({ organisation }, size);
    this.lag.set({ organisation }, Number(head > position ? head - position : 0n));
  }

  signed({ organisation, size, signedAt }: Pick<CheckpointEntry, 'organisation' | 'size' | 'signedAt'>): void {
    this.signedSize.set({ organisation }, size);
    this.signedAt.set(organisation, signedAt);
  }

  refuses(organisation: string, isRefused: boolean): void {
    this.refused.set({ organisation }, isRefused ? 1 : 0);
  }

  /** The lane is with another process, which tells of it from now on. */
  left(organisation: string): void {
    for (const gauge of [this.size, this.signedSize, this.lag, this.refused]) gauge.remove({ organisation });
    this.signedAt.delete(organisation);
  }

  private age(registry: Registry): void {
    if (registry.getSingleMetric(ageName)) return;
    const { signedAt, clock } = this;
    new Gauge({
      name: ageName,
      help: 'Seconds since the newest checkpoint was signed; it grows while nothing is recorded',
      labelNames: labels,
      registers: [registry],
      collect() {
        this.reset();
        const now = clock.now().getTime();
        for (const [organisation, at] of signedAt) this.set({ organisation }, (now - at.getTime()) / 1000);
      },
    });
  }
}
