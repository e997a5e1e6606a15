import { X509Certificate } from 'node:crypto';
import * as asn1js from 'asn1js';
import { BasicConstraints, Certificate, ExtKeyUsage, type Extension } from 'pkijs';
import { malformed, TimestampError } from './errors';

/** A certificate twice: what OpenSSL makes of it, and its extensions one by one. */
export interface ReadCertificate {
  readonly der: Buffer;
  readonly x509: X509Certificate;
  readonly parsed: Certificate;
}

const keyUsageId = '2.5.29.15';
const basicConstraintsId = '2.5.29.19';
const extendedKeyUsageId = '2.5.29.37';
const timeStampingId = '1.3.6.1.5.5.7.3.8';
/**
 * Extensions that a path may hold as critical. Key usage, basic constraints and extended key usage are looked at; names
 * and policies may say anything, for nobody asks about them here. Constraints of names are not among these.
 */
const understood = new Set([keyUsageId, basicConstraintsId, extendedKeyUsageId, '2.5.29.17', '2.5.29.32', '2.5.29.33']);
const longestPath = 8;

/** @throws TimestampError `timestamp-malformed` */
export function readCertificate(der: Buffer): ReadCertificate {
  try {
    return { der, x509: new X509Certificate(der), parsed: Certificate.fromBER(new Uint8Array(der)) };
  } catch {
    throw malformed('a certificate in it is none');
  }
}

/**
 * That the certificate is one for stamping and nothing else (RFC 3161, 2.3), and that a path of certificates, each valid
 * at that instant, leads from it to one of those that are trusted. Whether one was revoked is not asked: that needs a
 * line to its issuer.
 * @throws TimestampError `timestamp-untrusted`
 */
export function checkTrust(
  leaf: ReadCertificate,
  others: readonly ReadCertificate[],
  trusted: readonly ReadCertificate[],
  at: Date,
): void {
  checkPurpose(leaf);
  const why = pathFrom(leaf, { others, trusted, at, length: 0 });
  if (why !== undefined) throw untrusted(why);
}

function checkPurpose(leaf: ReadCertificate): void {
  const usage = extension(leaf, extendedKeyUsageId);
  const purposes = usage?.parsedValue instanceof ExtKeyUsage ? usage.parsedValue.keyPurposes : [];
  if (usage?.critical !== true || purposes.length !== 1 || purposes[0] !== timeStampingId) {
    throw untrusted('its certificate is not one for stamping alone (a critical extended key usage of timeStamping)');
  }
  const keyUsage: unknown = extension(leaf, keyUsageId)?.parsedValue;
  if (!(keyUsage instanceof asn1js.BitString)) return;
  // digitalSignature and nonRepudiation, the first two bits.
  const [bits = 0] = Buffer.from(keyUsage.valueBlock.valueHexView);
  if ((bits & 0xc0) === 0) throw untrusted("its certificate's key is not for signing");
}

interface Path {
  readonly others: readonly ReadCertificate[];
  readonly trusted: readonly ReadCertificate[];
  readonly at: Date;
  /** How many authorities stand below. */
  readonly length: number;
}

/** Why there is no path; `undefined` when there is one. */
function pathFrom(one: ReadCertificate, path: Path): string | undefined {
  const { others, trusted, at, length } = path;
  if (!isValid(one, at)) return 'a certificate was not valid at the time of the stamp';
  if (one.parsed.extensions?.some(({ critical, extnID }) => critical && !understood.has(extnID))) {
    return 'a certificate has a critical extension that is not understood';
  }
  if (trusted.some(({ der }) => der.equals(one.der))) return undefined;
  if (length >= longestPath) return 'its certificates do not end';
  let why = 'its certificate leads to none that is trusted';
  for (const issuer of [...trusted, ...others]) {
    if (issuer.der.equals(one.der) || !isIssuedBy(one, issuer)) continue;
    const reason = mayIssue(issuer, length) ? pathFrom(issuer, { ...path, length: length + 1 }) : 'an issuer is none';
    if (reason === undefined) return undefined;
    why = reason;
  }
  return why;
}

function isIssuedBy({ x509 }: ReadCertificate, issuer: ReadCertificate): boolean {
  try {
    return x509.checkIssued(issuer.x509) && x509.verify(issuer.x509.publicKey);
  } catch {
    return false;
  }
}

function mayIssue(issuer: ReadCertificate, below: number): boolean {
  const constraints: unknown = extension(issuer, basicConstraintsId)?.parsedValue;
  if (!issuer.x509.ca || !(constraints instanceof BasicConstraints)) return false;
  const { pathLenConstraint: longest } = constraints;
  // The first issuer has no authority below it.
  return (
    longest === undefined || below <= Number(longest instanceof asn1js.Integer ? longest.valueBlock.valueDec : longest)
  );
}

function isValid({ parsed }: ReadCertificate, at: Date): boolean {
  return parsed.notBefore.value <= at && at <= parsed.notAfter.value;
}

function extension({ parsed }: ReadCertificate, id: string): Extension | undefined {
  return parsed.extensions?.find(({ extnID }) => extnID === id);
}

function untrusted(why: string): TimestampError {
  return new TimestampError('timestamp-untrusted', `the timestamp is not to be trusted: ${why}`);
}
