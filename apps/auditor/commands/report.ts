import { BundleError } from '@ardoise/bundle';
import { LedgerError } from '@ardoise/ledger';
import { SigningError } from '@ardoise/signing';
import { WitnessError } from '@ardoise/witness';
import { harmless } from '../../cli/output';
import { ContentError } from '../verification/content';
import { InterruptedError } from '../verification/verification';

/** Says what went wrong in one line, nothing of an event; gives the exit code. */
export function report(error: unknown): number {
  const interrupted =
    error instanceof InterruptedError || (error instanceof BundleError && error.code === 'bundle-interrupted');
  if (interrupted) {
    process.stderr.write('ardoise-audit: interrupted\n');
    return 130;
  }
  const text = isPlain(error) ? `${error.code}: ${error.message}` : describe(error);
  process.stderr.write(`ardoise-audit: ${harmless(text)}\n`);
  return 1;
}

const plain = [BundleError, ContentError, LedgerError, SigningError, WitnessError] as const;

function isPlain(error: unknown): error is InstanceType<(typeof plain)[number]> {
  return plain.some((type) => error instanceof type);
}

function describe(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  const known = typeof code === 'string' && /^[A-Za-z0-9-]{1,60}$/.test(code) ? `${code}: ` : '';
  return error instanceof Error ? `${known}${error.message}` : String(error);
}
