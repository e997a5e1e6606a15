export { requestTimestamp, type TimestampRequest } from './client';
export { TimestampError, type TimestampErrorCode } from './errors';
export { verifyTimestamp, type VerifiedTimestamp } from './verification';
