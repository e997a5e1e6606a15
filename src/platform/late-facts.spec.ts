import { standingOf } from './late-facts';

describe('the standing of a fact', () => {
  const requestedAt = '2026-01-05T09:00:00.000Z';
  const endedAt = '2026-03-05T09:00:00Z';

  it('is regular while the enrolment is open', () => {
    expect(standingOf({ requestedAt }, requestedAt)).toBe('regular');
    expect(standingOf({ requestedAt }, '2027-01-05T09:00:00.000Z')).toBe('regular');
  });

  it('is late up to the end, and parked beyond it', () => {
    expect(standingOf({ requestedAt, endedAt }, '2026-02-05T09:00:00.000Z')).toBe('late');
    expect(standingOf({ requestedAt, endedAt }, '2026-03-05T09:00:00.000Z')).toBe('late');
    expect(standingOf({ requestedAt, endedAt }, '2026-03-05T09:00:00.001Z')).toBe('parked');
  });

  it('is parked before the request, whether or not the enrolment ended', () => {
    expect(standingOf({ requestedAt }, '2026-01-05T08:59:59.999Z')).toBe('parked');
    expect(standingOf({ requestedAt, endedAt }, '2025-12-05T09:00:00.000Z')).toBe('parked');
  });
});
