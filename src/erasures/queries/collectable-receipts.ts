import { Injectable } from '@nestjs/common';
import { Recorder } from '@ardoise/decider';
import { ProblemError } from '@ardoise/http';
import { erasure } from '../domain/erasure';
import { ErasureProcesses } from '../process/erasure-processes';
import type { Receipt } from '../receipts/receipt';

/** The receipts that are still there. */
@Injectable()
export class CollectableReceipts {
  constructor(
    private readonly recorder: Recorder,
    private readonly processes: ErasureProcesses,
  ) {}

  /** @throws ProblemError `erasure-not-found` (404), `erasure-under-way` (409), `receipt-forgotten` (410) */
  async find(organisation: string, id: string): Promise<Receipt> {
    const { version, state } = await this.recorder.load(erasure, organisation, `erasure-${id}`);
    if (version === 0) throw new ProblemError(404, 'erasure-not-found', 'there is no such erasure');
    if (state.state !== 'completed')
      throw new ProblemError(409, 'erasure-under-way', 'the erasure is not complete yet');
    const receipt = (await this.processes.find(organisation, id))?.receipt;
    if (receipt) return receipt;
    throw new ProblemError(410, 'receipt-forgotten', 'the receipt can no longer be collected; only its digest is kept');
  }
}
