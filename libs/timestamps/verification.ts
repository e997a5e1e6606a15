import { checkTrust, readCertificate } from './certificates';
import { TimestampError } from './errors';
import { sha256Id } from './algorithms';
import { type ParsedTimestamp, parseResponse } from './response';
import { checkSignature, signerCertificate } from './signature';

/** What a timestamp says: that the bytes were there at that time. */
export interface VerifiedTimestamp {
  readonly at: Date;
  /** The identifier of the authority's policy, as 1.2.3.4. */
  readonly policy: string;
  /** Hexadecimal. */
  readonly serial: string;
}

/**
 * Verifies a timestamp offline: the response was granted, it is about this digest, its authority signed it, and its
 * certificate was valid at its time and leads to one of those that are trusted.
 * @param token a TimeStampResp in DER (RFC 3161)
 * @param digest SHA-256, 32 bytes
 * @param trusted certificates in DER: of a root, of an authority below one, or the stamping one itself
 * @throws TimestampError
 */
export async function verifyTimestamp(
  token: Buffer,
  digest: Buffer,
  trusted: readonly Buffer[],
): Promise<VerifiedTimestamp> {
  const parsed = parseResponse(token);
  checkImprint(parsed, digest);
  const roots = trusted.map(readCertificate);
  const others = parsed.certificates.map(readCertificate);
  const leaf = signerCertificate(parsed.signer, [...others, ...roots]);
  if (leaf === undefined) {
    throw new TimestampError('timestamp-untrusted', 'the certificate that the timestamp was signed with is not there');
  }
  checkSignature(parsed, leaf);
  checkTrust(leaf, others, roots, parsed.info.genTime);
  return told(parsed);
}

/**
 * What can be said of a fresh answer without trusting anybody: it is about this digest and this request, and whole.
 * @throws TimestampError
 */
export function checkAnswer(token: Buffer, digest: Buffer, nonce: Buffer): void {
  const parsed = parseResponse(token);
  checkImprint(parsed, digest);
  const answered = parsed.info.nonce && Buffer.from(parsed.info.nonce.valueBlock.valueHexView);
  if (answered === undefined || !withoutZeros(answered).equals(withoutZeros(nonce))) {
    throw new TimestampError('timestamp-nonce-wrong', 'the timestamp answers another request');
  }
  const leaf = signerCertificate(parsed.signer, parsed.certificates.map(readCertificate));
  if (leaf === undefined) {
    throw new TimestampError('timestamp-malformed', 'the authority was asked for its certificate and gave none');
  }
  checkSignature(parsed, leaf);
}

function checkImprint({ info: { messageImprint } }: ParsedTimestamp, digest: Buffer): void {
  if (digest.length !== 32) throw new RangeError('a SHA-256 digest has 32 bytes');
  const stamped = Buffer.from(messageImprint.hashedMessage.valueBlock.valueHexView);
  if (messageImprint.hashAlgorithm.algorithmId === sha256Id && stamped.equals(digest)) return;
  throw new TimestampError('timestamp-imprint-wrong', 'the timestamp is about other bytes');
}

function told({ info }: ParsedTimestamp): VerifiedTimestamp {
  const serial = Buffer.from(info.serialNumber.valueBlock.valueHexView).toString('hex');
  return { at: info.genTime, policy: info.policy, serial };
}

/** Of a number: the zero that keeps it positive is no part of it. */
function withoutZeros(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? Buffer.alloc(0) : bytes.subarray(first);
}
