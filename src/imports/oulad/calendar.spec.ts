import { dayAt, instantOf, startOf } from './calendar';

describe('the calendar of presentations', () => {
  it.each([
    ['2013B', '2013-02-01'],
    ['2013J', '2013-10-01'],
    ['2014B', '2014-02-01'],
    ['2014J', '2014-10-01'],
  ])('%s begins on %s', (code, day) => expect(startOf(code)).toBe(day));

  it('refuses another code', () => {
    expect(() => startOf('2014K')).toThrow(expect.objectContaining({ code: 'presentation-unknown' }));
  });

  it.each([
    [0, '2013-10-01'],
    [-1, '2013-09-30'],
    [268, '2014-06-26'],
    [-322, '2012-11-13'],
  ])('%d days on is %s', (offset, day) => expect(dayAt('2013-10-01', offset)).toBe(day));

  it('puts registering before handing in before leaving', () => {
    const day = '2013-10-01';
    const instants = [instantOf(day, 'registered'), instantOf(day, 'submitted'), instantOf(day, 'ended')];
    expect([...instants].sort()).toEqual(instants);
  });
});
