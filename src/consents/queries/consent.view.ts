import { ApiProperty } from '@nestjs/swagger';
import type { Policy } from '@ardoise/policy';
import { byTime, standingOf, type ChoiceRecord } from '../domain/choices';
import { choices } from '../domain/events';
import type { ConsentRecordRow } from '../read-models/consent-record.row';
import type { NoticeRow } from '../read-models/notice.row';

export class ChoiceView {
  @ApiProperty({ description: 'The event that recorded it.' })
  event: string;

  @ApiProperty()
  consent: string;

  @ApiProperty({ description: 'The alias in whose record it stands.' })
  person: string;

  @ApiProperty({ enum: choices })
  choice: string;

  @ApiProperty({ type: 'integer', description: 'The policy version that was shown.' })
  policyVersion: number;

  @ApiProperty({ required: false, description: 'What was asked, word for word; absent where a consent ended.' })
  wording?: string;

  @ApiProperty()
  channel: string;

  @ApiProperty()
  source: string;

  @ApiProperty({ format: 'date-time' })
  occurredAt: string;

  @ApiProperty({ format: 'date-time' })
  recordedAt: string;
}

export class PurposeView {
  @ApiProperty()
  purpose: string;

  @ApiProperty({ required: false, description: 'What the person is asked; absent where it is asked no more.' })
  label?: string;

  @ApiProperty({ enum: [...choices, 'no-choice-yet'] })
  state: string;

  @ApiProperty({ required: false, description: 'The consent that the state comes from.' })
  consent?: string;

  @ApiProperty({ required: false, format: 'date-time' })
  since?: string;

  @ApiProperty({ required: false, format: 'date-time', description: 'When the consent ends by itself.' })
  until?: string;

  @ApiProperty({ type: [ChoiceView], description: 'All choices, oldest first.' })
  history: ChoiceView[];
}

export class ConsentView {
  @ApiProperty()
  id: string;

  @ApiProperty({ type: 'integer' })
  version: number;

  @ApiProperty()
  person: string;

  @ApiProperty()
  purpose: string;

  @ApiProperty({ enum: choices })
  state: string;

  @ApiProperty({ type: [ChoiceView], description: 'All choices, oldest first.' })
  history: ChoiceView[];
}

export class NoticeView {
  @ApiProperty()
  id: string;

  @ApiProperty({ description: 'The alias in whose record it stands.' })
  person: string;

  @ApiProperty()
  notice: string;

  @ApiProperty({ type: 'integer', description: 'The policy version in force.' })
  policyVersion: number;

  @ApiProperty()
  channel: string;

  @ApiProperty({ format: 'date-time' })
  occurredAt: string;
}

/** Each purpose that the organisation asks consent for, and each that it once did. */
export function purposeViews(policy: Policy, rows: readonly ConsentRecordRow[], now: string): PurposeView[] {
  const purposes = new Set([...Object.keys(policy.consentPurposes), ...rows.map(({ purpose }) => purpose)]);
  return [...purposes].map((purpose) => {
    const label = policy.consentPurposes[purpose]?.label;
    const own = rows.filter((row) => row.purpose === purpose);
    return {
      purpose,
      ...(label === undefined ? {} : { label }),
      ...standingOf(policy, own.map(record), now),
      history: historyOf(own),
    };
  });
}

export function historyOf(rows: readonly ConsentRecordRow[]): ChoiceView[] {
  return [...rows].sort((one, other) => byTime(record(one), record(other))).map(choiceView);
}

export function noticeView({ seen, person, notice, policyVersion, channel, occurredAt }: NoticeRow): NoticeView {
  return { id: seen, person, notice, policyVersion, channel, occurredAt: new Date(occurredAt).toISOString() };
}

function record({ consent, purpose, choice, occurredAt, position }: ConsentRecordRow): ChoiceRecord {
  return { consent, purpose, choice, occurredAt: new Date(occurredAt).toISOString(), position: BigInt(position) };
}

function choiceView(row: ConsentRecordRow): ChoiceView {
  const { event, consent, person, choice, policyVersion, wording, channel, source } = row;
  return {
    event,
    consent,
    person,
    choice,
    policyVersion,
    ...(wording === null ? {} : { wording }),
    channel,
    source,
    occurredAt: new Date(row.occurredAt).toISOString(),
    recordedAt: new Date(row.recordedAt).toISOString(),
  };
}
