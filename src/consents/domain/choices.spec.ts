import { standingOf, type ChoiceRecord } from './choices';
import type { Choice } from './events';
import { mira } from './sample-consent';

const now = '2026-06-01T00:00:00.000Z';
let position = 0n;

function choice(made: Choice, occurredAt: string, purpose = 'marketing', consent = '1'): ChoiceRecord {
  return { consent, purpose, choice: made, occurredAt, position: position++ };
}

describe('the standing of a purpose', () => {
  it('MIRA-21: is "no choice yet" until a choice is made', () => {
    expect(standingOf(mira, [], now)).toEqual({ state: 'no-choice-yet' });
  });

  it('is the choice that was made last, however late it was told', () => {
    const given = choice('given', '2026-01-01T00:00:00.000Z');
    const withdrawn = choice('withdrawn', '2026-03-01T00:00:00.000Z');
    const onPaper = choice('given', '2026-02-01T00:00:00.000Z', 'marketing', '2');
    expect(standingOf(mira, [given], now)).toMatchObject({ state: 'given', consent: '1' });
    expect(standingOf(mira, [given, withdrawn, onPaper], now)).toEqual({
      state: 'withdrawn',
      consent: '1',
      since: '2026-03-01T00:00:00.000Z',
    });
  });

  it('at one instant is what was recorded last', () => {
    const at = '2026-01-01T00:00:00.000Z';
    const refused = choice('refused', at);
    expect(standingOf(mira, [choice('given', at, 'marketing', '2'), refused], now).state).toBe('given');
  });

  it('ends by itself where the purpose has a time', () => {
    const given = choice('given', '2026-01-05T09:00:00.000Z', 'trackers-performance');
    const until = '2027-02-05T23:00:00.000Z';
    expect(standingOf(mira, [given], now)).toMatchObject({ state: 'given', until });
    expect(standingOf(mira, [given], until)).toEqual({ state: 'expired', consent: '1', since: until, until });
  });
});
