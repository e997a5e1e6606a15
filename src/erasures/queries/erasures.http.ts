import { Controller, Get, Param } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { Recorder } from '@ardoise/decider';
import { ApiQueryRoute, IdPipe, ProblemError } from '@ardoise/http';
import { erasure } from '../domain/erasure';
import type { CategoryDecision } from '../domain/events';
import { ErasureProcesses } from '../process/erasure-processes';
import { erasureStates, type ErasureRow } from '../process/erasure-row';

class DecisionView {
  @ApiProperty()
  category: string;

  @ApiProperty({ enum: ['erase', 'keep'] })
  outcome: string;

  @ApiProperty({ required: false })
  ground?: string;

  @ApiProperty({ required: false, format: 'date-time' })
  until?: string;
}

class FailureView {
  @ApiProperty()
  code: string;

  @ApiProperty({ description: 'In a row.' })
  failures: number;

  @ApiProperty({ format: 'date-time' })
  nextTry: string;
}

class ErasureView {
  @ApiProperty()
  id: string;

  @ApiProperty({
    enum: erasureStates,
    description:
      'Each is behind us. destroyed: the keys are gone; completed: nothing can open or show it any more, and there is a receipt.',
  })
  state: string;

  @ApiProperty({ format: 'date' })
  requestedOn: string;

  @ApiProperty({ type: [DecisionView] })
  decisions: readonly CategoryDecision[];

  @ApiProperty({ required: false, description: 'SHA-256 of the receipt; recorded at completion.' })
  receiptDigest?: string;

  @ApiProperty({ required: false, description: 'There while its last step failed; it is tried again by itself.' })
  failing?: FailureView;
}

@ApiTags('erasures')
@Controller('v1/organisations/:organisation/erasures/:erasure')
export class ErasuresHttp {
  constructor(
    private readonly recorder: Recorder,
    private readonly processes: ErasureProcesses,
  ) {}

  @Get()
  @ApiQueryRoute({ summary: 'How far an erasure has come', answers: ErasureView })
  async one(
    @Param('organisation') organisation: string,
    @Param('erasure', new IdPipe('erasure')) id: string,
  ): Promise<ErasureView> {
    const { events } = await this.recorder.load(erasure, organisation, `erasure-${id}`);
    const [decided] = events;
    if (!decided) throw new ProblemError(404, 'erasure-not-found', 'there is no such erasure');
    if (decided.type !== 'erasure-decided' || !decided.sections.self) {
      throw new ProblemError(410, 'erased', 'the record of this erasure has reached its own end');
    }
    const issued = events.find((event) => event.type === 'receipt-issued');
    const row = await this.processes.find(organisation, id);
    const receiptDigest = issued?.type === 'receipt-issued' ? issued.sections.self?.fields.receipt : undefined;
    return {
      id,
      state: issued ? 'completed' : (row?.state ?? 'decided'),
      requestedOn: decided.sections.self.fields.requestedOn,
      decisions: decided.sections.self.fields.decisions,
      ...(receiptDigest === undefined ? {} : { receiptDigest }),
      ...failureOf(row),
    };
  }
}

function failureOf(row: ErasureRow | undefined): { failing?: FailureView } {
  if (!row || row.error_code === null || row.next_try === null) return {};
  return { failing: { code: row.error_code, failures: row.failures, nextTry: row.next_try.toISOString() } };
}
