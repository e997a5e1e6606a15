import { createHash, verify } from 'node:crypto';
import * as asn1js from 'asn1js';
import { IssuerAndSerialNumber, type SignerInfo } from 'pkijs';
import { hashOf, sha256Id, signatureOf } from './algorithms';
import type { ReadCertificate } from './certificates';
import { malformed, TimestampError } from './errors';
import type { ParsedTimestamp } from './response';

const contentTypeId = '1.2.840.113549.1.9.3';
const messageDigestId = '1.2.840.113549.1.9.4';
const timestampInfoId = '1.2.840.113549.1.9.16.1.4';
/** Names the signer's certificate inside what is signed: by SHA-1 (RFC 2634), or another hash (RFC 5035). */
const signingCertificateId = '1.2.840.113549.1.9.16.2.12';
const signingCertificateV2Id = '1.2.840.113549.1.9.16.2.47';

/** The signer's certificate: in the token, or among those that are known beside it. */
export function signerCertificate(
  signer: SignerInfo,
  certificates: readonly ReadCertificate[],
): ReadCertificate | undefined {
  const { sid } = signer as { sid: unknown };
  return certificates.find(({ parsed }) => {
    if (sid instanceof IssuerAndSerialNumber) {
      return parsed.issuer.isEqual(sid.issuer) && parsed.serialNumber.isEqual(sid.serialNumber);
    }
    const key: unknown = parsed.extensions?.find(({ extnID }) => extnID === '2.5.29.14')?.parsedValue;
    if (!(key instanceof asn1js.OctetString) || !(sid instanceof asn1js.Primitive)) return false;
    return Buffer.from(key.valueBlock.valueHexView).equals(Buffer.from(sid.valueBlock.valueHexView));
  });
}

/**
 * That the info is what was signed, by the key of this very certificate (RFC 5652, 5.4; RFC 3161, 2.4.2).
 * @throws TimestampError `timestamp-altered`, `timestamp-malformed` for what is signed in a way that this does not know
 */
export function checkSignature({ content, signer }: ParsedTimestamp, certificate: ReadCertificate): void {
  const hash = hashOf(signer.digestAlgorithm.algorithmId);
  const algorithm = signatureOf(signer.signatureAlgorithm.algorithmId);
  if (hash === undefined || algorithm === undefined || (algorithm.hash ?? hash) !== hash) {
    throw malformed('it is signed by an algorithm that is not known, or no longer trusted');
  }
  if (signer.signedAttrs === undefined) throw malformed('its signer has signed no attributes');
  const contentType = attribute(signer, contentTypeId);
  if (!(contentType instanceof asn1js.ObjectIdentifier) || contentType.getValue() !== timestampInfoId) throw altered();
  const digest = attribute(signer, messageDigestId);
  if (!(digest instanceof asn1js.OctetString)) throw altered();
  const expected = createHash(hash).update(content).digest();
  if (!Buffer.from(digest.valueBlock.valueHexView).equals(expected)) throw altered();
  checkNamed(signer, certificate);
  const { publicKey } = certificate.x509;
  if (publicKey.asymmetricKeyType !== algorithm.key) throw altered();
  const bytes = Buffer.from(signer.signedAttrs.encodedValue);
  const signature = Buffer.from(signer.signature.valueBlock.valueHexView);
  if (!verify(algorithm.key === 'ed25519' ? null : hash, bytes, publicKey, signature)) throw altered();
}

/** Else another certificate of the same key could be put in its place. */
function checkNamed(signer: SignerInfo, { der }: ReadCertificate): void {
  const second = attribute(signer, signingCertificateV2Id);
  const first = second ?? attribute(signer, signingCertificateId);
  const named = sequence(sequence(sequence(first)?.[0])?.[0]);
  if (named === undefined) throw malformed('it does not name its certificate');
  const [algorithm, digest] = named[0] instanceof asn1js.OctetString ? [undefined, named[0]] : named;
  const id: unknown = sequence(algorithm)?.[0];
  const name = id instanceof asn1js.ObjectIdentifier ? id.getValue() : sha256Id;
  const hash = second === undefined ? 'sha1' : hashOf(name);
  if (hash === undefined || !(digest instanceof asn1js.OctetString))
    throw malformed('it does not name its certificate');
  if (!createHash(hash).update(der).digest().equals(Buffer.from(digest.valueBlock.valueHexView))) throw altered();
}

function sequence(value: unknown): asn1js.BaseBlock[] | undefined {
  return value instanceof asn1js.Sequence ? value.valueBlock.value : undefined;
}

function attribute({ signedAttrs }: SignerInfo, id: string): asn1js.BaseBlock | undefined {
  const [found, ...others] = signedAttrs?.attributes.filter(({ type }) => type === id) ?? [];
  return others.length === 0 && found?.values.length === 1 ? (found.values[0] as asn1js.BaseBlock) : undefined;
}

function altered(): TimestampError {
  return new TimestampError('timestamp-altered', 'the timestamp is not as its authority signed it');
}
