import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { ErasureParticipant } from '../../platform/capability';
import { Platform } from '../../platform/platform';

/** What other capabilities know and do when a person is erased. */
@Injectable()
export class Participants {
  private found: readonly ErasureParticipant[] | undefined;

  constructor(
    private readonly platform: Platform,
    private readonly modules: ModuleRef,
  ) {}

  async release(organisation: string, persons: readonly string[]): Promise<void> {
    for (const participant of this.all()) await participant.release?.(organisation, persons);
  }

  /** What the retention of streams is counted from, of those where it is not their first record. */
  async startsOf(organisation: string, streams: Iterable<string>): Promise<ReadonlyMap<string, Date>> {
    const starts = new Map<string, Date>();
    await Promise.all(
      [...new Set(streams)].map(async (stream) => {
        const start = await this.startsAt(organisation, stream);
        if (start) starts.set(stream, start);
      }),
    );
    return starts;
  }

  private async startsAt(organisation: string, stream: string): Promise<Date | undefined> {
    for (const participant of this.all()) {
      const start = await participant.startsAt?.(organisation, stream);
      if (start) return start;
    }
    return undefined;
  }

  private all(): readonly ErasureParticipant[] {
    this.found ??= this.platform.capabilities
      .flatMap(({ participants }) => [...(participants ?? [])])
      .map((type) => this.modules.get<ErasureParticipant>(type, { strict: false }));
    return this.found;
  }
}
