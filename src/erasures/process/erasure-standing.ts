import { Injectable } from '@nestjs/common';
import type { DurableProcess, ProcessStanding } from '../../platform/capability';
import { ErasureProcesses } from './erasure-processes';

/** What status, metrics and readiness tell of erasures. */
@Injectable()
export class ErasureStanding implements DurableProcess {
  readonly name = 'erasures';

  constructor(private readonly processes: ErasureProcesses) {}

  async standing(): Promise<ProcessStanding[]> {
    return (await this.processes.underWay()).map(
      ({ organisation, erasure, state, failures, error_code, failed_at, next_try }) => ({
        organisation,
        id: erasure,
        state,
        ...(error_code === null || failed_at === null || next_try === null
          ? {}
          : { failing: { code: error_code, failures, failedAt: failed_at, nextTry: next_try } }),
      }),
    );
  }
}
