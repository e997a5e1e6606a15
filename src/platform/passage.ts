import { Inject, Injectable } from '@nestjs/common';
import { ProjectionRuntime } from '@ardoise/projections';
import { LongReaders } from '@ardoise/readers';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { Followers } from './followers';
import { Reactions } from './reactions';
import { VAULT } from './tokens';

/** Keys that were destroyed, and the event that names them. */
export interface EndOfKeys {
  readonly organisation: string;
  /** Type of the event: whoever reacts to it is waited for, whatever else stands still is not. */
  readonly type: string;
  /** Position of the last event that names them. */
  readonly position: bigint;
  readonly destroyedAt: Date;
  /** The last long reader to wait for, decimal; null until it is known. */
  readonly readersMark: string | null;
}

export interface Passed {
  /** Nothing shows what has ended any more, and nobody can hold a key or an opened byte of it. */
  readonly over: boolean;
  /** To be remembered until it is over, where it is known by now: who begins to read later need not be waited for. */
  readonly readersMark: string | null;
}

/** Tells when everybody has passed the end of keys: the one place for erasures, days, kept units and organisations. */
@Injectable()
export class Passage {
  constructor(
    private readonly projections: ProjectionRuntime,
    private readonly reactions: Reactions,
    private readonly followers: Followers,
    private readonly readers: LongReaders,
    private readonly clock: Clock,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /**
   * Lanes and shadow rebuilds have passed the event, the longest lease of a key is over, and then whoever had begun to
   * read by then has ended: they may hold what they opened, and who begins later cannot open it.
   */
  async look(end: EndOfKeys): Promise<Passed> {
    const { organisation, readersMark } = end;
    if (end.destroyedAt > (await this.leasesOverBefore())) return { over: false, readersMark };
    if ((await this.passed(organisation, end.type)) < end.position) return { over: false, readersMark };
    const mark = readersMark ?? (await this.readers.mark()).toString();
    return { over: !(await this.readers.areReading(organisation, BigInt(mark))), readersMark: mark };
  }

  /** Keys that were destroyed until then cannot be used by any process any more. */
  async leasesOverBefore(): Promise<Date> {
    return new Date(this.clock.now().getTime() - (await this.vault.leaseBound()));
  }

  /**
   * The position that every projection and shadow rebuild of an organisation has passed, every follower of its log, and
   * every reaction to the type, running or stopped. A reaction that is stopped for a reason of its own holds nothing, and finds the sections closed.
   */
  async passed(organisation: string, type: string): Promise<bigint> {
    const [projected, reacted, followed] = await Promise.all([
      this.projections.passed(organisation),
      this.reactions.running().passed(organisation, type),
      this.followers.passed(organisation),
    ]);
    const least = projected < reacted ? projected : reacted;
    return followed !== undefined && followed < least ? followed : least;
  }
}
