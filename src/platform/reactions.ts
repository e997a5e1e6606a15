import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { KnownElsewhere } from '@ardoise/lanes';
import { groupsEndedType } from '@ardoise/projections';
import { ReactionRuntime, type Reaction } from '@ardoise/reactions';
import { EndedOrganisations } from './ended-organisations';
import { Followers } from './followers';
import { Platform } from './platform';
import { ProcessManagers } from './process-managers';

/** Runs the capabilities' durable reactions in this process. */
@Injectable()
export class Reactions {
  private runtime: ReactionRuntime | undefined;

  constructor(
    private readonly platform: Platform,
    private readonly modules: ModuleRef,
    private readonly ended: EndedOrganisations,
    private readonly followers: Followers,
    private readonly processes: ProcessManagers,
  ) {}

  /** Begins, with the capabilities' processes and followers: all that follows from events and is no read model. */
  async start(): Promise<void> {
    await this.running().start();
    this.processes.running().start();
    await this.followers.start();
  }

  /** Whether no capability reacts to anything. */
  none(): boolean {
    return (
      this.platform.capabilities.every(({ reactions }) => reactions.length === 0) &&
      this.processes.running().reactions().length === 0
    );
  }

  async stop(): Promise<void> {
    await Promise.all([this.runtime?.stop(), this.processes.running().stop(), this.followers.stop()]);
  }

  /**
   * Puts an organisation's reactions, processes and followers back: the log behind that position is another one than they
   * have seen. Reactions last, for they hand on to processes: what one hands on from there once more has to be kept.
   */
  async setBack(organisation: string, to: bigint): Promise<void> {
    await this.processes.running().setBack(organisation, to);
    await this.followers.setBack(organisation, to);
    await this.running().setBack(organisation, to);
  }

  /** Lets reactions and processes of an organisation that stand still try again. */
  async restart(organisation: string): Promise<void> {
    await this.running().restart(organisation);
    await this.processes.running().retry(organisation);
  }

  /** The runtime with every reaction of every capability; made when the modules are. */
  running(): ReactionRuntime {
    if (this.runtime) return this.runtime;
    const { store, opener, pools, clock, metrics, log, capabilities, quarantines, departure, rests, versions } =
      this.platform;
    const reactions = capabilities
      .flatMap(({ reactions: types }) => [...types])
      .map((type) => this.modules.get<Reaction>(type, { strict: false }))
      .concat(this.processes.running().reactions());
    // For an organisation that has ended nothing can be done any more, but for what follows from its end.
    const runs = (organisation: string, { on }: Reaction): boolean =>
      !rests(organisation) && (!this.ended.has(organisation) || Object.hasOwn(on, groupsEndedType));
    const knownElsewhere: KnownElsewhere = (version) => versions.knownElsewhere(version);
    const reading = { store, opener, pool: pools.read, reactions, knownElsewhere };
    this.runtime = new ReactionRuntime({ ...reading, clock, metrics, log, runs });
    quarantines.onLifted(() => this.runtime?.lookNow());
    departure.onChange(() => this.runtime?.lookNow());
    return this.runtime;
  }
}
