import { Gauge, type Registry } from 'prom-client';
import type { LogDeparture } from '../log-departure';
import { refusal, type Quarantine } from './quarantine';

/** Called when an organisation's quarantine is over in this process; nobody waits for it. */
export type OnLifted = (organisation: string) => void;

/** The organisations that this process reads and does not write. */
export class Quarantines {
  private readonly quarantined = new Map<string, Quarantine>();
  private readonly handlers: OnLifted[] = [];
  private readonly gauge: Gauge<'organisation' | 'reason'>;

  constructor(
    metrics: Registry,
    private readonly departure: Pick<LogDeparture, 'isLeft' | 'refusal'>,
  ) {
    this.gauge = new Gauge({
      name: 'ardoise_organisation_quarantined',
      help: 'Organisations that are read and not written, 1 for each reason',
      labelNames: ['organisation', 'reason'],
      registers: [metrics],
    });
  }

  of(organisation: string): Quarantine | undefined {
    return this.quarantined.get(organisation);
  }

  list(): Quarantine[] {
    return [...this.quarantined.values()];
  }

  /**
   * @throws VaultError `organisation-quarantined`, with the reason and what to do
   * @throws LogMovedError where the log was left: that others know of more than it has is no wonder then
   */
  mustBeOpen(organisation: string): void {
    const quarantine = this.quarantined.get(organisation);
    if (quarantine) throw this.departure.isLeft ? this.departure.refusal() : refusal(quarantine);
  }

  begin(quarantine: Quarantine): void {
    const { organisation, reasons } = quarantine;
    for (const { code } of this.of(organisation)?.reasons ?? []) this.gauge.remove({ organisation, reason: code });
    this.quarantined.set(organisation, quarantine);
    for (const { code } of reasons) this.gauge.set({ organisation, reason: code }, 1);
  }

  end(organisation: string): void {
    for (const { code } of this.of(organisation)?.reasons ?? []) this.gauge.remove({ organisation, reason: code });
    this.quarantined.delete(organisation);
    for (const handler of this.handlers) handler(organisation);
  }

  onLifted(handler: OnLifted): void {
    this.handlers.push(handler);
  }
}
