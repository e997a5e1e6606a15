import { Inject, Injectable } from '@nestjs/common';
import { LongReaders } from '@ardoise/readers';
import { ProjectionRuntime } from '@ardoise/projections';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { Reactions } from '../../platform/reactions';
import { VAULT } from '../../platform/tokens';
import type { Candidate } from './erasure-processes';

/** Tells when nothing shows an erased person any more, and nobody can hold a key or an opened byte of theirs. */
@Injectable()
export class ErasurePassage {
  constructor(
    private readonly projections: ProjectionRuntime,
    private readonly reactions: Reactions,
    private readonly readers: LongReaders,
    private readonly clock: Clock,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** Whether every lane and shadow rebuild has passed the event that names the keys, and every lease of a key is over. */
  async isOver({ organisation, fenced_position, destroyed_at }: Candidate): Promise<boolean> {
    if (destroyed_at === null || destroyed_at > (await this.leasesOverBefore())) return false;
    return (await this.passed(organisation)) >= BigInt(fenced_position ?? 0);
  }

  /** Of keys that were destroyed until then, no lease holds any more. */
  async leasesOverBefore(): Promise<Date> {
    return new Date(this.clock.now().getTime() - (await this.vault.leaseBound()));
  }

  /** The position that every projection, shadow rebuild and reaction of an organisation has passed. */
  async passed(organisation: string): Promise<bigint> {
    const [projected, reacted] = await Promise.all([
      this.projections.passed(organisation),
      this.reactions.running().passed(organisation),
    ]);
    return projected < reacted ? projected : reacted;
  }

  readersMark(): Promise<bigint> {
    return this.readers.mark();
  }

  /** Whether anybody who had begun by the mark, in whatever process, is still reading. */
  areReading(organisation: string, mark: string): Promise<boolean> {
    return this.readers.areReading(organisation, BigInt(mark));
  }
}
