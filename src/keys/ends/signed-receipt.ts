import { canonicalBytes, type Json } from '@ardoise/format';
import { verify, type SigningKey } from '@ardoise/signing';
import type { GroupReference } from '@ardoise/vault';
import type { ExportedLog } from '../handed-over';

/** A group that ended, and the event of the log that says so. */
export type EndedKey = GroupReference & { readonly event: string };

/** What became of a category's day. */
export interface DayReceipt {
  readonly type: 'ardoise-day-receipt';
  readonly format: 1;
  readonly organisation: string;
  readonly category: string;
  /** YYYY-MM-DD, in the organisation's time zone. */
  readonly day: string;
  readonly groups: readonly EndedKey[];
  /** How many keys hung under the groups when they were closed. */
  readonly units: number;
  /** RFC 3339. */
  readonly destroyedAt: string;
  readonly completedAt: string;
  /** There where the day was ended before its period was over: the ticket or minute that says why. */
  readonly beforeItsTime?: string;
}

/** What became of a whole organisation. */
export interface OrganisationReceipt {
  readonly type: 'ardoise-organisation-receipt';
  readonly format: 1;
  readonly organisation: string;
  readonly groups: readonly EndedKey[];
  /** What was handed over before: all events up to a position, as they are stored and opened, and all documents. */
  readonly export: ExportedLog;
  /** RFC 3339. */
  readonly closedAt: string;
  readonly destroyedAt: string;
  readonly completedAt: string;
}

export interface Signature {
  readonly algorithm: 'Ed25519';
  /** Id of the key. */
  readonly key: string;
  /** SPKI in PEM. */
  readonly publicKey: string;
  /** Base64. */
  readonly value: string;
}

/** A statement with a signature over the canonical JSON (RFC 8785) of all its other members. */
export type Signed<Statement> = Statement & { readonly signature: Signature };

export async function signed<Statement extends object>(
  statement: Statement,
  signing: SigningKey,
): Promise<Signed<Statement>> {
  const value = (await signing.sign(bytesOf(statement))).toString('base64');
  return {
    ...statement,
    signature: { algorithm: 'Ed25519', key: signing.id, publicKey: signing.publicKey, value },
  };
}

/** Whether the statement is what the key signed. @throws SigningError when the key is none */
export function isSignedBy({ signature, ...statement }: Signed<object>, publicKey: string): boolean {
  return verify(publicKey, bytesOf(statement), Buffer.from(signature.value, 'base64'));
}

function bytesOf(statement: object): Buffer {
  return canonicalBytes(statement as Json);
}
