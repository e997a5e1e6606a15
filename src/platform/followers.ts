import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { LogFollower } from './capability';
import { Platform } from './platform';

/** The capabilities' own ways along the logs, beside projections and reactions. */
@Injectable()
export class Followers {
  constructor(
    private readonly platform: Platform,
    private readonly modules: ModuleRef,
  ) {}

  async start(): Promise<void> {
    for (const follower of this.all()) await follower.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.all().map((follower) => follower.stop()));
  }

  /** The position that all of them have passed; undefined where there are none. */
  async passed(organisation: string): Promise<bigint | undefined> {
    const positions = await Promise.all(this.all().map((follower) => follower.passed(organisation)));
    return positions.reduce<bigint | undefined>(
      (least, position) => (least === undefined || position < least ? position : least),
      undefined,
    );
  }

  /** Puts them back to a position that they are beyond: the log behind it is another one. */
  async setBack(organisation: string, to: bigint): Promise<void> {
    for (const follower of this.all()) await follower.setBack(organisation, to);
  }

  private all(): LogFollower[] {
    return this.platform.capabilities
      .flatMap(({ followers }) => [...(followers ?? [])])
      .map((type) => this.modules.get<LogFollower>(type, { strict: false }));
  }
}
