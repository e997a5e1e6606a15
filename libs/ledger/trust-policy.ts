import { LedgerError } from './errors';
import { type PolicyMember, PolicyReader } from './trust-policy-reader';
import { isSameKey, type VerifierKey } from './verifier-key';

export interface TrustedLog {
  readonly key: VerifierKey;
  readonly url?: string;
}

export interface TrustedWitness {
  /** What the policy calls it; not the name of its key. */
  readonly name: string;
  readonly key: VerifierKey;
  readonly url?: string;
}

/** Whose logs are trusted, and whose cosignatures make a checkpoint valid (c2sp.org/tlog-policy). */
export interface TrustPolicy {
  readonly logs: readonly TrustedLog[];
  readonly witnesses: readonly TrustedWitness[];
  /** Whether the cosignatures of these keys, verified before, are a quorum. */
  isSatisfied(cosigners: readonly VerifierKey[]): boolean;
}

/** The most characters of a policy that are read. */
export const policyLimit = 262_144;

/**
 * A policy in the lines of c2sp.org/tlog-policy: `log`, `witness`, `group`, `quorum`. The last line may lack its newline.
 * @throws LedgerError `policy-…`, with a message that begins with the number of the line where it is one line's fault
 */
export function parseTrustPolicy(text: string): TrustPolicy {
  if (text.length > policyLimit) {
    throw new LedgerError('policy-too-large', `a policy has at most ${policyLimit} characters`);
  }
  const reader = new PolicyReader();
  for (const [at, line] of text.split('\n').entries()) reader.read(at + 1, line);
  const { quorum, logs, witnesses } = reader;
  if (quorum === undefined) throw new LedgerError('policy-quorum-missing', 'the policy has no line "quorum"');
  return {
    logs,
    witnesses,
    isSatisfied: (cosigners) => quorum === 'none' || isMet(quorum, cosigners),
  };
}

function isMet(member: PolicyMember, cosigners: readonly VerifierKey[]): boolean {
  if ('key' in member) return cosigners.some((key) => isSameKey(key, member.key));
  return member.members.filter((each) => isMet(each, cosigners)).length >= member.threshold;
}
