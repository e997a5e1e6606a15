import { gaugeIn } from '@ardoise/lanes';
import type { Registry } from 'prom-client';
import type { VersionStanding } from './announced-versions';

/** How far an upgrade is, in numbers; which versions and whose processes, `ardoise status` and the readiness say. */
export class VersionMetrics {
  private readonly waiting;
  private readonly waitsFor;
  private readonly unknown;

  constructor(registry: Registry) {
    const gauge = (name: string, help: string) => gaugeIn(registry, name, help, []);
    this.waiting = gauge(
      'ardoise_versions_waiting',
      'Versions of events that are not written yet: an upgrade is under way',
    );
    this.waitsFor = gauge(
      'ardoise_versions_waits_for',
      'Processes that do not know, or have not announced, all of them',
    );
    this.unknown = gauge('ardoise_versions_unknown', 'Versions of events in use that this program does not know');
  }

  standing({ waiting, waitsFor, unknown }: VersionStanding): void {
    this.waiting.set(waiting.length);
    this.waitsFor.set(waitsFor.length);
    this.unknown.set(unknown.length);
  }
}
