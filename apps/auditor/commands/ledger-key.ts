import type { Trust } from '@ardoise/disclosure';
import { parseTrustPolicy, parseVerifierKey } from '@ardoise/ledger';
import { rawPublicKey } from '@ardoise/signing';
import { readNamed } from './inputs';

/** How a reader names what is trusted, on the command line. */
export interface TrustOptions {
  readonly key?: string;
  readonly policy?: string;
}

/** A verifier key itself, or a file that has one, or its PEM; and a policy's file. @throws LedgerError, SigningError */
export async function readTrust({ key, policy }: TrustOptions): Promise<Trust> {
  return {
    ...(key === undefined ? {} : await readKey(key)),
    ...(policy === undefined ? {} : { policy: parseTrustPolicy((await readNamed(policy)).toString('utf8')) }),
  };
}

async function readKey(text: string): Promise<Trust> {
  if (/^[^+]+\+[0-9a-f]{8}\+/.test(text)) return { keys: [parseVerifierKey(text)] };
  const content = (await readNamed(text)).toString('utf8').trim();
  return content.startsWith('-----BEGIN')
    ? { publicKeys: [rawPublicKey(content)] }
    : { keys: [parseVerifierKey(content)] };
}

export const keyHelp =
  "the ledger's key from elsewhere: a verifier key (name+id+key), or a file that has one, or its PEM";
export const policyHelp = 'logs and witnesses that are trusted (tlog-policy)';
export const exitHelp = '\nExit codes: 0 verified, 1 refused, 3 nothing is wrong and not everything was checked.';
export const exitCodes = { verified: 0, refused: 1, 'in-part': 3 } as const;
export const verdicts = { verified: 'verified', refused: 'refused', 'in-part': 'verified in part' } as const;
