import { Injectable, type OnModuleInit } from '@nestjs/common';
import { consistencyProof, parseSignatureLines, type VerifierKey } from '@ardoise/ledger';
import { errorCode } from '@ardoise/lanes';
import type { CheckpointEntry, Tree } from '@ardoise/sequencer';
import { WitnessError } from '@ardoise/witness';
import { Counter, Gauge } from 'prom-client';
import { Platform } from '../../platform/platform';
import type { AskedWitness } from '../../platform/witnesses';

/** A witness holds our checkpoint for inconsistent, and shows nothing that our key signed: its word alone stops nobody. */
export class WitnessDisagreesError extends Error {
  override readonly name = 'WitnessDisagreesError';
  readonly code = 'witness-disagrees';
}

/**
 * Asks each witness of the policy to cosign each newest checkpoint. Beside the sequencer, which waits for none of them,
 * and each beside the others: one that is away is asked again after growing pauses, and at the next checkpoint.
 */
@Injectable()
export class Collector implements OnModuleInit {
  private readonly asked: Counter<'witness' | 'outcome'>;
  private readonly failing: Gauge<'organisation' | 'witness'>;

  constructor(private readonly platform: Platform) {
    const registers = [platform.metrics];
    this.asked = new Counter({
      name: 'ardoise_ledger_witness_answers_total',
      help: 'What witnesses answered when they were asked to cosign: cosigned, or the code of what went wrong',
      labelNames: ['witness', 'outcome'],
      registers,
    });
    this.failing = new Gauge({
      name: 'ardoise_ledger_witness_failing',
      help: 'Witnesses that did not cosign the newest checkpoint when this process last asked; they are asked again',
      labelNames: ['organisation', 'witness'],
      registers,
    });
  }

  onModuleInit(): void {
    const { witnesses, sequencer } = this.platform;
    for (const witness of witnesses.asked) {
      sequencer.onCheckpoint((entry, signal) => this.collect(witness, entry, signal));
    }
  }

  /** Rejects with what keeps the witness from cosigning; then it is asked again. */
  async collect(witness: AskedWitness, entry: CheckpointEntry, signal?: AbortSignal): Promise<void> {
    const { organisation } = entry;
    const at = { organisation, witness: witness.name };
    if (hasLineOf(witness.key, entry) || this.platform.rests(organisation)) return;
    try {
      await this.ask(witness, entry, signal);
      this.asked.inc({ witness: witness.name, outcome: 'cosigned' });
      this.failing.remove(at);
    } catch (error) {
      // The lane ends: nobody's fault.
      if (signal?.aborted) throw error;
      this.asked.inc({ witness: witness.name, outcome: errorCode(error) });
      this.failing.set(at, 1);
      throw error;
    }
  }

  private async ask(witness: AskedWitness, entry: CheckpointEntry, signal?: AbortSignal): Promise<void> {
    const { ledger } = this.platform;
    const tree = await ledger.tree(entry.organisation, entry.incarnation);
    if (!tree) return;
    const { size, note } = entry;
    const proofFrom = (from: number): Promise<Buffer[]> => consistencyProof(ledger.source(tree), from, size);
    const answer = await witness.client.submit({ origin: tree.origin, size, note, proofFrom }, signal);
    if (answer.outcome !== 'cosigned') return this.hear(witness, tree, signal);
    await ledger.addCosignatures(entry, answer.lines);
  }

  /** What the witness cosigned instead: only what our own key signed says anything. */
  private async hear(witness: AskedWitness, tree: Tree, signal?: AbortSignal): Promise<void> {
    const { gate, log } = this.platform;
    const { organisation } = tree;
    const note = await witness.client.latest(tree.origin, signal);
    const judged = note && (await gate.show(organisation, note));
    // Another tree has begun meanwhile, and this one is asked for no more.
    if (judged?.verdict === 'ended') return;
    if (judged?.verdict !== 'against') {
      throw new WitnessDisagreesError('the witness holds the checkpoint for inconsistent, and shows nothing for it');
    }
    const { code, detail } = judged.reason;
    log.error(
      { organisation, witness: witness.name, code, detail },
      'a witness cosigned what the ledger does not have',
    );
    throw new WitnessError('witness-request-refused', 'the witness cosigned what the ledger does not have');
  }
}

function hasLineOf({ name, id }: VerifierKey, { cosignatures }: CheckpointEntry): boolean {
  if (cosignatures.length === 0) return false;
  const lines = parseSignatureLines(Buffer.from(cosignatures.join('')));
  return lines.some((line) => line.name === name && line.id.equals(id));
}
