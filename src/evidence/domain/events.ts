import { day, defineEvent, id, number, oneOf, optional, text, type EventOf, type OpenedOf } from '@ardoise/sealing';

/** `annulled`: what was kept in this stream before holds no more. */
export const keptOutcomes = ['completed', 'failed', 'annulled'] as const;
export type KeptOutcome = (typeof keptOutcomes)[number];

/**
 * The final result of a training, kept as evidence in a stream and a unit of its own, which outlive the learning. It
 * names no enrolment and no event of one: nothing leads back from what survives. The latest of a stream holds.
 */
export const resultKept = defineEvent({
  type: 'result-kept',
  schema: 1,
  stream: 'evidence',
  facts: {},
  sections: {
    learner: {
      category: 'evidence',
      fields: {
        courseTitle: text(200),
        outcome: oneOf(keptOutcomes),
        /** Hours that were realised, as far as they were recorded. */
        hours: optional(number()),
        endedOn: day(),
        /** Register and code. */
        certification: optional(text(60)),
      },
    },
  },
});

/** What may end first names what may survive it. */
export const evidenceLinked = defineEvent({
  type: 'evidence-linked',
  schema: 1,
  stream: 'learning',
  facts: {},
  sections: { learner: { category: 'learning', fields: { evidence: id() } } },
});

export const evidenceEvents = [resultKept, evidenceLinked] as const;

export type ResultKept = EventOf<typeof resultKept>;
export type ResultKeptOpened = OpenedOf<typeof resultKept>;
export type EvidenceLinked = EventOf<typeof evidenceLinked>;
export type EvidenceLinkedOpened = OpenedOf<typeof evidenceLinked>;
