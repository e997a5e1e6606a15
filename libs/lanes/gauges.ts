import { Counter, Gauge, type Registry } from 'prom-client';

/** A gauge of the registry, made once however many runtimes of a process share it. */
export function gaugeIn<L extends string>(registry: Registry, name: string, help: string, labels: L[]): Gauge<L> {
  const present = registry.getSingleMetric(name) as Gauge<L> | undefined;
  return present ?? new Gauge({ name, help, labelNames: labels, registers: [registry] });
}

/** A counter of the registry, made once however many runtimes of a process share it. */
export function counterIn<L extends string>(registry: Registry, name: string, help: string, labels: L[]): Counter<L> {
  const present = registry.getSingleMetric(name) as Counter<L> | undefined;
  return present ?? new Counter({ name, help, labelNames: labels, registers: [registry] });
}
