import { Inject, Injectable } from '@nestjs/common';
import { ProjectionRuntime } from '@ardoise/projections';
import { LongReaders } from '@ardoise/readers';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { VAULT } from '../../platform/tokens';

/** Whether an end of keys is over: every read model has forgotten, and nobody can hold a key or an opened byte. */
@Injectable()
export class Passage {
  constructor(
    private readonly projections: ProjectionRuntime,
    private readonly readers: LongReaders,
    private readonly clock: Clock,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** @param position of the last event that names what has ended; @param destroyedAt when its keys were destroyed */
  async isOver(organisation: string, position: bigint, destroyedAt: Date): Promise<boolean> {
    const leaseOver = destroyedAt.getTime() + (await this.vault.leaseBound());
    if (this.clock.now().getTime() < leaseOver) return false;
    if ((await this.projections.passed(organisation)) < position) return false;
    const reading = await this.readers.list();
    return !reading.some((reader) => reader.organisation === organisation && reader.position < position);
  }
}
