import { Command } from 'commander';
import { readHeader } from '@ardoise/format';
import {
  leafHash,
  openCheckpoint,
  parseCheckpoint,
  parseConsistency,
  parseNote,
  parseProof,
  parseVerifierKey,
  verifierKey,
  verifyConsistency,
  verifyCosignatures,
  verifyInclusion,
  type TrustPolicy,
  type VerifierKey,
} from '@ardoise/ledger';
import { rawPublicKey } from '@ardoise/signing';
import { say, type OutputOptions } from '../../cli/output';
import { ContentError } from '../verification/content';
import type { Verdict } from '../verification/checks';
import { refusalOf } from '../verification/refusal';
import { readNamed, readPolicy } from './inputs';
import { exitCodes } from './verify';

interface CheckOptions extends OutputOptions {
  readonly policy?: string;
  readonly key?: string;
}

export interface ProofChecked {
  readonly verdict: Verdict;
  readonly origin?: string;
  readonly size?: number;
  /** Of an inclusion proof. */
  readonly leaf?: number;
  readonly event?: {
    readonly id: string;
    readonly type: string;
    readonly stream: string;
    readonly version: number;
    readonly recordedAt: string;
  };
  /** Of a consistency proof. */
  readonly from?: number;
  readonly cosignatures?: readonly { readonly witness: string; readonly at: string }[];
  readonly wrong?: { readonly code: string; readonly detail: string };
  readonly unchecked: readonly string[];
}

/** What a proof is held against. */
export interface ProofTrust {
  readonly policy?: TrustPolicy;
  /** The key of a name, or one that is believed under any. */
  readonly keys?: (origin: string) => readonly VerifierKey[];
}

export function checkProofCommand(): Command {
  return new Command('check-proof')
    .description('check, offline, that an event is in a ledger, or that a ledger only grew')
    .argument('<file>', 'written by prove or prove-consistency')
    .option('--policy <file>', 'logs and witnesses that are trusted (tlog-policy)')
    .option('--key <key>', "the ledger's key: as verifier key (name+id+key), or a file that has one, or its PEM")
    .option('--json', 'one line of JSON')
    .addHelpText('after', '\nExit codes: 0 verified, 1 refused, 3 nothing is wrong and not everything was checked.')
    .action(async (file: string, options: CheckOptions) => {
      const trust: ProofTrust = {
        ...(options.policy === undefined ? {} : { policy: (await readPolicy(options.policy)).trust }),
        ...(options.key === undefined ? {} : { keys: await readKey(options.key) }),
      };
      const checked = checkProof((await readNamed(file)).toString('utf8'), trust);
      say(options, readable(checked), checked);
      process.exitCode = exitCodes[checked.verdict];
    });
}

async function readKey(text: string): Promise<NonNullable<ProofTrust['keys']>> {
  if (/^[^+]+\+[0-9a-f]{8}\+/.test(text)) return () => [parseVerifierKey(text)];
  const content = (await readNamed(text)).toString('utf8').trim();
  if (!content.startsWith('-----BEGIN')) return () => [parseVerifierKey(content)];
  const raw = rawOf(content, text);
  return (origin) => [verifierKey(origin, 0x01, raw)];
}

function rawOf(pem: string, path: string): Buffer {
  try {
    return rawPublicKey(pem);
  } catch {
    throw new ContentError('key-malformed', `${path} is no Ed25519 public key (SPKI in PEM)`);
  }
}

/** @returns refused for whatever does not hold; never throws for what stands in the file */
export function checkProof(text: string, trust: ProofTrust): ProofChecked {
  const unchecked: string[] = [];
  const about: { -readonly [name in keyof ProofChecked]?: ProofChecked[name] } = {};
  try {
    if (text.startsWith('ardoise/')) {
      const file = parseConsistency(text);
      const checkpoint = opened(file.checkpoint, trust, about, unchecked);
      about.from = file.from;
      const { from, fromRoot, proof } = file;
      verifyConsistency({ from, to: checkpoint.size, fromRoot, toRoot: checkpoint.root, proof });
    } else {
      const file = parseProof(text);
      const checkpoint = opened(file.checkpoint, trust, about, unchecked);
      about.leaf = file.index;
      if (!file.extra) throw new ContentError('event-missing', 'the proof does not have the event that it is about');
      verifyInclusion({
        index: file.index,
        size: checkpoint.size,
        leaf: leafHash(file.extra),
        proof: file.proof,
        root: checkpoint.root,
      });
      const { id, organisation, type, stream, version, recordedAt } = readHeader(file.extra);
      if (about.origin?.split('/').at(-2) !== organisation) {
        throw new ContentError('organisation-differs', `the event is of ${organisation}, and the ledger is of another`);
      }
      about.event = { id, type, stream, version, recordedAt };
    }
    return { verdict: unchecked.length > 0 ? 'in-part' : 'verified', ...about, unchecked };
  } catch (error) {
    const { code, detail } = refusalOf(error);
    return { verdict: 'refused', ...about, wrong: { code, detail }, unchecked };
  }
}

function opened(
  bytes: Buffer,
  { policy, keys }: ProofTrust,
  about: { origin?: string; size?: number; cosignatures?: ProofChecked['cosignatures'] },
  unchecked: string[],
): { size: number; root: Buffer } {
  const note = parseNote(bytes);
  const claimed = parseCheckpoint(note);
  const known = [...(policy?.logs.map(({ key }) => key) ?? []), ...(keys?.(claimed.origin) ?? [])];
  if (known.length === 0)
    unchecked.push('who signed the checkpoint: neither a policy nor a key was given (--policy, --key)');
  else openCheckpoint(bytes, known);
  about.origin = claimed.origin;
  about.size = claimed.size;
  if (!policy) {
    unchecked.push('whether witnesses saw the same log: no policy names them (--policy)');
    return claimed;
  }
  const cosigned = verifyCosignatures(
    note,
    policy.witnesses.map(({ key }) => key),
  );
  about.cosignatures = cosigned.map(({ key, at }) => ({ witness: key.name, at: at.toISOString() }));
  if (!policy.isSatisfied(cosigned.map(({ key }) => key))) {
    throw new ContentError('quorum-missing', 'the checkpoint is not cosigned as the policy asks');
  }
  return claimed;
}

function readable({
  verdict,
  origin,
  size,
  leaf,
  event,
  from,
  cosignatures,
  wrong,
  unchecked,
}: ProofChecked): string[] {
  const ok = verdict !== 'refused';
  return [
    ...(origin === undefined ? [] : [`checkpoint of ${size} leaves of ${origin}`]),
    ...(cosignatures ?? []).map(({ witness, at }) => `cosigned by ${witness} at ${at}`),
    ...(event && ok
      ? [
          `leaf ${leaf} is event ${event.id}: ${event.type}, ${event.stream}@${event.version}, recorded at ${event.recordedAt}`,
        ]
      : []),
    ...(from !== undefined && ok ? [`the tree of ${from} leaves is the beginning of that of ${size}`] : []),
    ...unchecked.map((why) => `not checked: ${why}`),
    ...(wrong ? [`wrong: ${wrong.code}: ${wrong.detail}`] : []),
    verdict === 'in-part' ? 'verified in part' : verdict,
  ];
}
