import { endOfRetention, fiscalYearClose, isFiscalYearEnd } from './index';

const paris = 'Europe/Paris';
const end = (period: string, start: string, zone = paris) =>
  endOfRetention({ period }, new Date(start), zone).toISOString();

describe('endOfRetention', () => {
  it('keeps the whole last day, which bears the number of the starting day', () => {
    expect(end('P1Y', '2025-01-15T09:30:00Z')).toBe('2026-01-15T23:00:00.000Z');
  });

  it('does not depend on the hour of the starting event', () => {
    expect(end('P1Y', '2025-01-14T23:00:00Z')).toBe(end('P1Y', '2025-01-15T22:59:59Z'));
  });

  it('takes the starting day in the time zone of the organisation', () => {
    expect(end('P1Y', '2025-01-14T23:30:00Z')).toBe('2026-01-15T23:00:00.000Z');
    expect(end('P1Y', '2025-01-14T23:30:00Z', 'UTC')).toBe('2026-01-15T00:00:00.000Z');
  });

  it('follows the clocks: a period from winter to summer ends at midnight of summer time', () => {
    expect(end('P6M', '2025-01-15T12:00:00Z')).toBe('2025-07-15T22:00:00.000Z');
    expect(end('P1D', '2025-03-29T12:00:00Z')).toBe('2025-03-30T22:00:00.000Z');
    expect(end('P1D', '2025-10-25T12:00:00Z')).toBe('2025-10-26T23:00:00.000Z');
  });

  it('takes the last day of the month where the number is missing', () => {
    expect(end('P1Y', '2024-02-29T12:00:00Z')).toBe('2025-02-28T23:00:00.000Z');
    expect(end('P4Y', '2024-02-29T12:00:00Z')).toBe('2028-02-29T23:00:00.000Z');
    expect(end('P1M', '2025-01-31T12:00:00Z')).toBe('2025-02-28T23:00:00.000Z');
  });

  it('begins a day whose midnight the clocks skip at its first instant', () => {
    expect(end('P1D', '2024-04-24T12:00:00Z', 'Africa/Cairo')).toBe('2024-04-25T22:00:00.000Z');
  });

  it('ends with the starting event when nothing is kept beyond the basis', () => {
    expect(end('none-beyond-basis', '2025-01-15T09:30:00.123Z')).toBe('2025-01-15T09:30:00.123Z');
  });

  it.each([
    ['P1Y', paris, new Date(NaN), 'no date'],
    ['P1Y', 'Europe/Nowhere', new Date(0), 'no time zone'],
    ['1 year', paris, new Date(0), 'no period'],
    ['P0D', paris, new Date(0), 'no period'],
    ['PT1H', paris, new Date(0), 'no period'],
    ['P', paris, new Date(0), 'no period'],
  ])('refuses %s in %s', (period, zone, start, reason) => {
    expect(() => endOfRetention({ period }, start, zone)).toThrow(reason);
  });
});

describe('fiscalYearClose', () => {
  const close = (instant: string, monthDay: string) =>
    fiscalYearClose(new Date(instant), monthDay, paris).toISOString();

  it('is the last millisecond of the closing day', () => {
    expect(close('2025-03-10T12:00:00Z', '12-31')).toBe('2025-12-31T22:59:59.999Z');
    expect(close('2025-12-31T22:30:00Z', '12-31')).toBe('2025-12-31T22:59:59.999Z');
  });

  it('is next year once the closing day is over in the time zone', () => {
    expect(close('2025-12-31T23:00:00Z', '12-31')).toBe('2026-12-31T22:59:59.999Z');
    expect(close('2025-07-01T12:00:00Z', '06-30')).toBe('2026-06-30T21:59:59.999Z');
  });

  it('is the fixed point of itself, so that a period may be counted from it', () => {
    expect(close('2025-12-31T22:59:59.999Z', '12-31')).toBe('2025-12-31T22:59:59.999Z');
    expect(end('P10Y', close('2025-03-10T12:00:00Z', '12-31'))).toBe('2035-12-31T23:00:00.000Z');
  });

  it('takes 02-29 as the last day of February', () => {
    expect(close('2025-02-10T12:00:00Z', '02-29')).toBe('2025-02-28T22:59:59.999Z');
    expect(close('2028-02-10T12:00:00Z', '02-29')).toBe('2028-02-29T22:59:59.999Z');
  });

  it('refuses a day that no year has', () => {
    expect(isFiscalYearEnd('02-29')).toBe(true);
    expect(isFiscalYearEnd('02-30')).toBe(false);
    expect(() => close('2025-02-10T12:00:00Z', '04-31')).toThrow('no day');
  });
});
