import * as asn1js from 'asn1js';
import { ContentInfo, SignedData, type SignerInfo, TimeStampResp, TSTInfo } from 'pkijs';
import { malformed, TimestampError } from './errors';

/** The most bytes of a response. */
export const responseLimit = 65_536;

const signedDataId = '1.2.840.113549.1.7.2';
const timestampInfoId = '1.2.840.113549.1.9.16.1.4';

/** The parts of a response that was granted; nothing of it is verified. */
export interface ParsedTimestamp {
  readonly info: TSTInfo;
  /** The bytes of the info: what is signed, through its digest. */
  readonly content: Buffer;
  readonly signer: SignerInfo;
  /** In DER, byte for byte as sent. */
  readonly certificates: readonly Buffer[];
}

/** @throws TimestampError `timestamp-malformed`, `timestamp-rejected` */
export function parseResponse(bytes: Buffer): ParsedTimestamp {
  if (bytes.length > responseLimit) throw malformed(`it has more than ${responseLimit} bytes`);
  const response = read('no response of an authority', () => new TimeStampResp({ schema: decoded(bytes) }));
  const status = Number(response.status.status);
  if (status !== 0 && status !== 1) {
    throw new TimestampError('timestamp-rejected', `the authority gave no timestamp: ${statusOf(response, status)}`);
  }
  const token = response.timeStampToken;
  if (token === undefined || token.contentType !== signedDataId) throw malformed('it has no token');
  return parseToken(token);
}

function parseToken(token: ContentInfo): ParsedTimestamp {
  const signed = read('its token is not signed data', () => new SignedData({ schema: token.content }));
  const { eContentType, eContent } = signed.encapContentInfo;
  if (eContentType !== timestampInfoId || eContent === undefined) throw malformed('its token is about something else');
  const content = Buffer.from(eContent.getValue());
  const info = read('its token has no info', () => new TSTInfo({ schema: decoded(content) }));
  if (info.version !== 1 || Number.isNaN(info.genTime.getTime())) throw malformed('its info is of another form');
  const [signer, ...others] = signed.signerInfos;
  if (signer === undefined || others.length > 0) throw malformed('it is not signed by exactly one');
  return { info, content, signer, certificates: certificatesIn(token.content as asn1js.Sequence) };
}

/** From the bytes themselves: a certificate that was decoded and encoded again may be another one. */
function certificatesIn(signedData: asn1js.Sequence): Buffer[] {
  const set = signedData.valueBlock.value.find(({ idBlock }) => idBlock.tagClass === 3 && idBlock.tagNumber === 0);
  if (!(set instanceof asn1js.Constructed)) return [];
  return set.valueBlock.value
    .filter((one): one is asn1js.Sequence => one instanceof asn1js.Sequence)
    .map((one) => Buffer.from(one.valueBeforeDecodeView));
}

function decoded(bytes: Buffer): asn1js.AsnType {
  const { offset, result } = asn1js.fromBER(new Uint8Array(bytes));
  if (offset !== bytes.length) throw malformed('it is no DER, or more than one value');
  return result;
}

function read<Result>(otherwise: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (error instanceof TimestampError) throw error;
    throw malformed(otherwise);
  }
}

/** By RFC 3161, 2.4.2; the authority's own words may be anything and are left out. */
const statuses = ['granted', 'granted with changes', 'rejection', 'waiting', 'revocation warning', 'revocation'];
const failures: { readonly [bit: number]: string } = {
  0: 'bad algorithm',
  2: 'bad request',
  5: 'bad data format',
  14: 'time not available',
  15: 'unaccepted policy',
  16: 'unaccepted extension',
  17: 'additional information not available',
  25: 'system failure',
};

function statusOf({ status: { failInfo } }: TimeStampResp, status: number): string {
  const words = statuses[status] ?? `status ${status}`;
  if (failInfo === undefined) return words;
  const bits = [...Buffer.from(failInfo.valueBlock.valueHexView)].flatMap((byte, at) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (byte & (0x80 >> bit)) !== 0).map((bit) => at * 8 + bit),
  );
  return [words, ...bits.map((bit) => failures[bit] ?? `failure ${bit}`)].join(', ');
}
