import { Inject, Injectable } from '@nestjs/common';
import { ProjectionRuntime } from '@ardoise/projections';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { VAULT } from '../../platform/tokens';

/** Whether an end of keys is over: every read model has forgotten, and no process can hold a key. */
@Injectable()
export class Passage {
  constructor(
    private readonly projections: ProjectionRuntime,
    private readonly clock: Clock,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** @param position of the last event that names what has ended; @param destroyedAt when its keys were destroyed */
  async isOver(organisation: string, position: bigint, destroyedAt: Date): Promise<boolean> {
    const leaseOver = destroyedAt.getTime() + (await this.vault.leaseBound());
    if (this.clock.now().getTime() < leaseOver) return false;
    return (await this.projections.passed(organisation)) >= position;
  }
}
