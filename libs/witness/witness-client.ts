import {
  formatAddCheckpoint,
  LedgerError,
  parseNote,
  parseSignatureLines,
  signatureLine,
  verifyCosignatures,
  type VerifierKey,
} from '@ardoise/ledger';
import { WitnessError, type WitnessErrorCode } from './errors';
import { originHash } from './origin-hash';

export interface WitnessClientOptions {
  /** Submission prefix, which is taken for the monitoring prefix too. */
  readonly url: string;
  /** Of type 4. */
  readonly key: VerifierKey;
  /** For one answer, real milliseconds. */
  readonly patienceMilliseconds?: number;
}

/** A checkpoint to be cosigned, and how its tree goes on from a smaller one of the same log. */
export interface Submission {
  readonly origin: string;
  readonly size: number;
  /** The note as the log signed it. */
  readonly note: Buffer;
  /** The consistency proof from a size from 1 up to that of the checkpoint. */
  readonly proofFrom: (size: number) => Promise<readonly Buffer[]>;
}

export type Submitted =
  /** Verified lines, each with its newline. */
  | { readonly outcome: 'cosigned'; readonly lines: readonly string[] }
  /** The witness cosigned a larger checkpoint of this log, of this size. */
  | { readonly outcome: 'ahead'; readonly size: number }
  /** The witness holds that the checkpoint does not go on from the one it cosigned last. */
  | { readonly outcome: 'inconsistent' };

interface Sent {
  readonly body?: Buffer;
  /** Whose firing ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

const answerLimit = 65_536;
const patience = 10_000;
/** Another process may submit too: so often the witness may have moved on between its answer and our next try. */
const tries = 4;

const refusals: { readonly [status: number]: readonly [WitnessErrorCode, string] } = {
  400: ['witness-request-refused', 'the witness does not understand the request'],
  403: ['witness-signature-refused', 'the witness knows none of the keys that signed, or holds a signature for wrong'],
  404: ['witness-log-unknown', 'the witness does not know this log'],
};

/** Asks a witness over HTTP. It believes nothing of an answer but a cosignature that verifies. */
export class WitnessClient {
  /** What each log's next submission begins from; the witness itself knows better, and says so. */
  private readonly sizes = new Map<string, number>();

  constructor(private readonly options: WitnessClientOptions) {}

  /** @throws WitnessError for whatever is no answer of the protocol, and for refusals that need somebody's hand */
  async submit(submission: Submission, signal?: AbortSignal): Promise<Submitted> {
    const { origin, size } = submission;
    let old = Math.min(this.sizes.get(origin) ?? 0, size);
    for (let left = tries; left > 0; left -= 1) {
      const proof = old === 0 || old === size ? [] : await submission.proofFrom(old);
      const body = formatAddCheckpoint({ old, proof, checkpoint: submission.note });
      const answer = await this.ask('POST', 'add-checkpoint', { body, signal });
      if (answer.status === 200) {
        const lines = this.cosignaturesIn(answer.body, submission.note);
        this.sizes.set(origin, size);
        return { outcome: 'cosigned', lines };
      }
      if (answer.status === 422) return { outcome: 'inconsistent' };
      if (answer.status !== 409) throw refusal(answer.status);
      old = sizeIn(answer);
      if (old > size) return { outcome: 'ahead', size: old };
      this.sizes.set(origin, old);
    }
    throw new WitnessError('witness-answer-malformed', 'the witness names another size each time');
  }

  /** The checkpoint that the witness cosigned last for a log, unverified; undefined where there is none. */
  async latest(origin: string, signal?: AbortSignal): Promise<Buffer | undefined> {
    const { status, body } = await this.ask('GET', `${originHash(origin)}/checkpoint`, { signal });
    if (status === 404) return undefined;
    if (status === 200) return body;
    throw refusal(status);
  }

  private cosignaturesIn(body: Buffer, note: Buffer): string[] {
    const { key } = this.options;
    try {
      const { text } = parseNote(note);
      const signatures = parseSignatureLines(body).filter(({ name, id }) => name === key.name && id.equals(key.id));
      if (signatures.length > 0 && verifyCosignatures({ text, signatures }, [key]).length > 0) {
        return signatures.map(signatureLine);
      }
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
    }
    throw new WitnessError(
      'witness-cosignature-wrong',
      'the witness answered no cosignature of its key on the checkpoint',
    );
  }

  private async ask(method: 'GET' | 'POST', path: string, { body, signal }: Sent): Promise<Answer> {
    const { url, patienceMilliseconds = patience } = this.options;
    const late = AbortSignal.timeout(patienceMilliseconds);
    try {
      const response = await fetch(`${url.replace(/\/+$/, '')}/${path}`, {
        method,
        // Another place than the policy names is another witness.
        redirect: 'error',
        signal: signal ? AbortSignal.any([late, signal]) : late,
        ...(body ? { body: new Uint8Array(body), headers: { 'content-type': 'text/plain; charset=utf-8' } } : {}),
      });
      const type = response.headers.get('content-type') ?? '';
      return { status: response.status, type, body: await bodyOf(response) };
    } catch (error) {
      if (error instanceof WitnessError) throw error;
      const why = late.aborted ? `no answer in ${patienceMilliseconds} ms` : 'it cannot be reached';
      throw new WitnessError('witness-unreachable', `the witness did not answer: ${why}`);
    }
  }
}

/** @throws WitnessError where it is longer than any answer of the protocol */
async function bodyOf(response: Response): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += piece.length;
    if (length > answerLimit) throw new WitnessError('witness-answer-malformed', 'the answer is too long');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function sizeIn({ type, body }: Answer): number {
  const text = body.toString('latin1');
  const size = Number(text);
  const fits = type.split(';')[0]?.trim() === 'text/x.tlog.size' && /^(0|[1-9]\d{0,15})\n$/.test(text);
  if (fits && Number.isSafeInteger(size)) return size;
  throw new WitnessError('witness-answer-malformed', 'the witness refused the old size, and named none');
}

function refusal(status: number): WitnessError {
  const [code, message] = refusals[status] ?? ['witness-unreachable', `the witness answered ${status}`];
  return new WitnessError(code, message);
}
