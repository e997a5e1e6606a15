import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiProperty, ApiTags } from '@nestjs/swagger';
import { notFound, processDecider, Recorder } from '@ardoise/decider';
import { ApiQueryRoute, IdPipe } from '@ardoise/http';
import type { Vault } from '@ardoise/vault';
import { VAULT } from '../../platform/tokens';
import { offer, offerPhases } from '../domain/offer';
import { offerDecisions } from '../domain/offer-events';
import { offersOf } from '../process/offers-of';
import { EnrolmentRegister } from './enrolment-register';

export class OfferView {
  @ApiProperty()
  session: string;

  @ApiProperty({ enum: offerPhases, description: 'open: an answer is awaited; closed: all that followed is done.' })
  phase: string;

  @ApiProperty({ format: 'date-time', description: 'Until when the answer can come.' })
  answerBy: string;

  @ApiProperty({ enum: offerDecisions, required: false })
  decision?: string;
}

const decider = processDecider(offer);

@ApiTags('enrolments')
@Controller('v1/organisations/:organisation/enrolments/:enrolment/offer')
export class OfferHttp {
  constructor(
    private readonly recorder: Recorder,
    private readonly register: EnrolmentRegister,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  @Get()
  @ApiQueryRoute({ summary: 'The last place that was offered to an enrolment, as the log has it', answers: OfferView })
  async last(
    @Param('organisation') organisation: string,
    @Param('enrolment', new IdPipe('enrolment')) enrolment: string,
  ): Promise<OfferView> {
    await this.register.load(organisation, enrolment);
    const stream = await offersOf(this.vault, organisation, enrolment);
    const { known } = (await this.recorder.fold(decider, organisation, stream)).state.state;
    if (!known) throw notFound('no-place-offered', 'no place was ever offered to this enrolment');
    const { session, phase, answerBy, decision } = known;
    return { session, phase, answerBy, ...(decision === undefined ? {} : { decision }) };
  }
}
