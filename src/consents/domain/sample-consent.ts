import { loadPolicies, type Policy } from '@ardoise/policy';
import { join } from 'node:path';
import type { Choice, ConsentEvent } from './events';

export const person = 'a'.repeat(32);
export const occurredAt = '2026-01-05T09:00:00.000Z';
export const wording = 'Souhaitez-vous recevoir des informations sur les formations MIRA ?';

/** MIRA asks consent for `marketing`, which lasts, and for `trackers-performance`, which ends after thirteen months. */
export const mira = loadPolicies(join(__dirname, '../../../policies')).get('mira') as Policy;

export function recorded(choice: Choice, purpose = 'marketing', at = occurredAt): ConsentEvent {
  const answered = choice === 'given' || choice === 'refused';
  return {
    type: 'consent-recorded',
    facts: {},
    sections: {
      self: {
        person,
        occurredAt: at,
        fields: { purpose, choice, policyVersion: 1, channel: 'web', ...(answered ? { wording } : {}) },
      },
    },
  };
}
