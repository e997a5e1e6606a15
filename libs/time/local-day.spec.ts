import { dayBefore, localDay, yearsAfter } from './local-day';

describe('days', () => {
  it('are those of the time zone, not of UTC', () => {
    expect(localDay('2026-03-01T22:59:59.999Z', 'Europe/Paris')).toBe('2026-03-01');
    expect(localDay('2026-03-01T23:00:00.000Z', 'Europe/Paris')).toBe('2026-03-02');
    expect(localDay('2026-07-01T22:00:00.000Z', 'Europe/Paris')).toBe('2026-07-02');
  });

  it('are counted date to date', () => {
    expect(yearsAfter('2008-03-02', 18)).toBe('2026-03-02');
    expect(yearsAfter('2008-02-29', 18)).toBe('2026-02-28');
    expect(dayBefore('2026-03-01')).toBe('2026-02-28');
  });

  it('refuse what is none', () => {
    expect(() => localDay('yesterday', 'Europe/Paris')).toThrow(RangeError);
    expect(() => localDay('2026-03-01T00:00:00Z', 'Europe/Nowhere')).toThrow(RangeError);
    expect(() => yearsAfter('2026-02-30', 1)).toThrow(RangeError);
    expect(() => dayBefore('2026-02-30')).toThrow(RangeError);
  });
});
