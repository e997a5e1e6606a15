/** What the system says when there is nobody at the other end, or no longer. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections. */
const serverCodes = new Set(['57P01', '57P02', '57P03', '53300']);

/** The driver gives these no code. */
const driverMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Client was closed|Query read timeout)/;

/**
 * Whether an error of the driver says that the database cannot be reached, or went away in the middle. A statement
 * that failed so may have happened.
 */
export function isUnavailable(error: unknown): boolean {
  // By shape, not by class: an error made by Node itself is no instance of this Error inside a test's realm.
  if (typeof error !== 'object' || error === null) return false;
  const { code, message, errors } = error as { code?: unknown; message?: unknown; errors?: unknown };
  if (typeof code === 'string') return networkCodes.has(code) || serverCodes.has(code) || code.startsWith('08');
  if (Array.isArray(errors)) return errors.some(isUnavailable);
  return typeof message === 'string' && driverMessages.test(message);
}
