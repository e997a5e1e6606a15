import type { Decider } from '@ardoise/decider';
import { evidenceLinked, type EvidenceLinked, type EvidenceLinkedOpened } from './events';

/** The evidence that was kept of the learning in whose stream this stands. */
export interface EvidenceLink {
  readonly evidence?: string;
}

export interface LinkEvidence {
  readonly person: string;
  readonly evidence: string;
}

export const evidenceLink: Decider<EvidenceLink, LinkEvidence, EvidenceLinked, EvidenceLinkedOpened> = {
  kind: 'learning',
  events: [evidenceLinked],

  initialState: () => ({}),

  evolve(state, { sections: { learner } }) {
    return learner ? { evidence: learner.fields.evidence } : state;
  },

  decide({ person, evidence }, state, { occurredAt }) {
    if (state.evidence === evidence) return [];
    return [
      { type: 'evidence-linked', facts: {}, sections: { learner: { person, occurredAt, fields: { evidence } } } },
    ];
  },
};
