import { limits, policyPath, type LedgerFiles } from '@ardoise/bundle';
import { isDigest, sha256Hex } from '@ardoise/format';
import type { Checks, Wrong } from './checks';
import type { Facts } from './vocabulary';

type Place = Pick<Wrong, 'incarnation' | 'leaf' | 'event'>;

/** Versions are adopted now and then: a log has few of them. */
const most = 100_000;

/** Versions of the policy that the log says were adopted, by the digest of their text. */
export class LoggedPolicies {
  private readonly adopted: Map<number, readonly [string, Place]>;

  constructor(
    private readonly checks: Checks,
    saved?: unknown,
  ) {
    this.adopted = new Map((saved ?? []) as [number, readonly [string, Place]][]);
  }

  /** Facts that are not as declared are told by the check of types. */
  adopt({ policy, digest }: Facts, place: Place): void {
    if (!Number.isSafeInteger(policy) || !isDigest(digest) || this.adopted.size >= most) return;
    const version = policy as number;
    const [before] = this.adopted.get(version) ?? [digest];
    if (before !== digest) {
      const detail = `version ${version} of the policy was adopted with another digest before`;
      this.checks.wrong('policies', { code: 'policy-twice', detail, ...place });
    }
    this.adopted.set(version, [before, place]);
  }

  has(version: number): boolean {
    return this.adopted.has(version);
  }

  async check(files: LedgerFiles): Promise<void> {
    const { checks } = this;
    checks.count('policies', 'adopted', this.adopted.size);
    for (const [version, [digest, place]] of this.adopted) {
      const path = policyPath(version);
      const bytes = version >= 1 && version < 1_000_000_000 ? await files.read(path, limits.policy) : undefined;
      if (!bytes) {
        checks.unchecked('policies', `version ${version} of the policy: ${path} is not there`);
        continue;
      }
      checks.count('policies', 'versions');
      if (sha256Hex(bytes) === digest) continue;
      const detail = `${path} is not the version that was adopted`;
      checks.wrong('policies', { code: 'policy-differs', detail, ...place, expected: `SHA-256 ${digest}` });
    }
  }

  toJSON(): unknown {
    return [...this.adopted];
  }
}
