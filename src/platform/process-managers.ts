import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type HostedProcess, ProcessManagerRuntime } from '@ardoise/process-manager';
import { EndedOrganisations } from './ended-organisations';
import { Platform } from './platform';

/** Runs the capabilities' process managers in this process. */
@Injectable()
export class ProcessManagers {
  private runtime: ProcessManagerRuntime | undefined;

  constructor(
    private readonly platform: Platform,
    private readonly modules: ModuleRef,
    private readonly ended: EndedOrganisations,
  ) {}

  /** The runtime with every process of every capability; made when the modules are. */
  running(): ProcessManagerRuntime {
    if (this.runtime) return this.runtime;
    const { store, opener, recorder, vault, pools, clock, metrics, log, steps, capabilities, quarantines } =
      this.platform;
    const { departure, rests } = this.platform;
    const processes = capabilities
      .flatMap(({ processManagers }) => [...(processManagers ?? [])])
      .map((type) => this.modules.get<HostedProcess>(type, { strict: false }));
    const runs = (organisation: string): boolean => !rests(organisation) && !this.ended.has(organisation);
    const parts = { store, opener, recorder, vault, pool: pools.read, clock, metrics, log, steps };
    this.runtime = new ProcessManagerRuntime({ ...parts, processes, runs });
    quarantines.onLifted(() => this.runtime?.lookNow());
    departure.onChange(() => this.runtime?.lookNow());
    return this.runtime;
  }
}
