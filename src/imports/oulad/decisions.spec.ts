import { endOf, registrationDay, submissionDay, type Registered } from './decisions';

const base: Registered = { registered: -20, submissions: [18, 50], days: 268, result: 'Pass' };

describe('the day of a registration', () => {
  it('is the one given', () => expect(registrationDay(base)).toEqual({ value: -20 }));

  it.each([
    ['the first day', {}, 0],
    ['the unregistration', { unregistered: -40 }, -40],
    ['the first submission', { submissions: [-3, 18] }, -3],
  ])('is at the latest %s where it is missing', (_, changes, day) => {
    const { registered: _given, ...missing } = base;
    expect(registrationDay({ ...missing, ...changes })).toEqual({ value: day, decision: 'registration-date-missing' });
  });
});

describe('the end of an enrolment', () => {
  it.each([
    ['Pass', 'completed'],
    ['Distinction', 'completed'],
    ['Fail', 'failed'],
  ] as const)('%s is %s on the last day', (result, outcome) => {
    expect(endOf({ ...base, result })).toEqual({ value: { outcome, day: 268 } });
  });

  it('is an unregistration on its day', () => {
    expect(endOf({ ...base, result: 'Withdrawn', unregistered: 30 })).toEqual({
      value: { outcome: 'withdrawn', day: 30 },
    });
  });

  it('is an unregistration even where the result says another thing', () => {
    expect(endOf({ ...base, result: 'Fail', unregistered: 30 })).toEqual({
      value: { outcome: 'withdrawn', day: 30 },
      decision: 'unregistered-with-another-result',
    });
  });

  it('is never before the registration', () => {
    expect(endOf({ ...base, result: 'Withdrawn', unregistered: -30 })?.value.day).toBe(-20);
  });

  it('is the last day for a withdrawal without a date', () => {
    expect(endOf({ ...base, result: 'Withdrawn' })).toEqual({
      value: { outcome: 'withdrawn', day: 268 },
      decision: 'withdrawal-date-missing',
    });
  });

  it('waits for the last submission', () => {
    expect(endOf({ ...base, submissions: [270] })).toEqual({
      value: { outcome: 'completed', day: 270 },
      decision: 'result-after-last-submission',
    });
  });

  it('is open without a row of the student', () => {
    const { result: _, ...open } = base;
    expect(endOf(open)).toBeUndefined();
  });
});

describe('the day of a submission', () => {
  it('is the one given', () => expect(submissionDay({ submitted: 18, banked: false }, -20)).toEqual({ value: 18 }));

  it('is not before the registration for a result carried over', () => {
    const carried = { decision: 'result-carried-over' };
    expect(submissionDay({ submitted: -50, banked: true }, -20)).toEqual({ value: -20, ...carried });
    expect(submissionDay({ submitted: 18, banked: true }, -20)).toEqual({ value: 18, ...carried });
  });
});
