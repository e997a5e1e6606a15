import { BackupError } from '@ardoise/backup';
import { BundleError } from '@ardoise/bundle';
import { ConfigError } from '@ardoise/config';
import { EventStoreRefusedError, EventStoreUnavailableError } from '@ardoise/event-store';
import { problemOf } from '@ardoise/http';
import { LogCopyError } from '@ardoise/log-copy';
import { PolicyError } from '@ardoise/policy';
import { CheckpointWaitTimeoutError, LedgerMismatchError, LedgerRefusal, TileMissingError } from '@ardoise/sequencer';
import { SigningError } from '@ardoise/signing';
import { MigrationError, MissingRolesError } from '@ardoise/postgres';
import { HandOverError } from '../../src/audit/handover/hand-over';
import { BundleExportError } from '../../src/ledger/export/bundle-error';
import { ReceiptError } from '../../src/keys/receipt-members';

/** Asked to stop, and stopped where it can go on. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/** Says what went wrong in one line, nothing personal; gives the exit code. */
export function report(error: unknown): number {
  if (isInterrupted(error)) {
    process.stderr.write(`ardoise: ${error.message}\n`);
    return 130;
  }
  const plain = [
    BackupError,
    BundleError,
    BundleExportError,
    CheckpointWaitTimeoutError,
    ConfigError,
    EventStoreRefusedError,
    EventStoreUnavailableError,
    PolicyError,
    MigrationError,
    MissingRolesError,
    SigningError,
    ReceiptError,
    HandOverError,
    LedgerMismatchError,
    LedgerRefusal,
    LogCopyError,
    TileMissingError,
  ].some((type) => error instanceof type);
  const { code, detail } = problemOf(error);
  const known = plain || code !== 'internal';
  const text = plain ? (error as Error).message : known ? `${code}: ${detail}` : describe(error);
  process.stderr.write(`ardoise: ${text}\n`);
  return 1;
}

function isInterrupted(error: unknown): error is Error {
  if (error instanceof InterruptedError) return true;
  if (error instanceof BackupError || error instanceof LogCopyError) return error.code === 'interrupted';
  return error instanceof BundleExportError && error.code === 'export-interrupted';
}

/** What the database says can quote a value: of that, only its code is told (SQLSTATE, appendix A of its manual). */
function describe(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return `the database refused it (SQLSTATE ${code})`;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
