import { sha256 } from '@ardoise/format';
import type { Checks } from './checks';

/** Verifies a token over a digest. @throws Error with a `code` */
export type VerifyToken = (token: Buffer, digest: Buffer) => Promise<{ readonly at: Date }>;

/** What a third party says of the time at which checkpoints were there (RFC 3161). */
export class Timestamps {
  private latest = 0;

  /** @param verify absent where no authority is known */
  constructor(
    private readonly checks: Checks,
    private readonly verify?: VerifyToken,
  ) {}

  async check(incarnation: number, size: number, text: string, token: Buffer): Promise<void> {
    const { checks } = this;
    checks.count('timestamps', 'timestamps');
    if (!this.verify) {
      checks.unchecked('timestamps', 'whether the authority stamped them: its certificate was not given (--tsa)');
      return;
    }
    try {
      const { at } = await this.verify(token, sha256(Buffer.from(text)));
      checks.count('timestamps', 'verified');
      if (at.getTime() < this.latest) {
        const detail = `the checkpoint of ${size} leaves is stamped earlier than one before it`;
        checks.wrong('timestamps', { code: 'time-goes-back', detail, incarnation });
      }
      this.latest = Math.max(this.latest, at.getTime());
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (typeof code !== 'string') throw error;
      const detail = `checkpoint of ${size} leaves: ${(error as Error).message}`;
      checks.wrong('timestamps', { code, detail, incarnation });
    }
  }
}
