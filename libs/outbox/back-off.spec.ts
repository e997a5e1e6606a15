import { pauseAfter } from './back-off';

describe('pauseAfter', () => {
  const backOff = { first: 1_000, longest: 60_000 };

  it('doubles from failure to failure, up to the longest', () => {
    const pauses = [1, 2, 3, 6, 7, 8, 1_000].map((failures) => pauseAfter(backOff, failures, 1));
    expect(pauses).toEqual([1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('takes at most half of it off by chance', () => {
    expect([0, 0.5, 1].map((random) => pauseAfter(backOff, 3, random))).toEqual([2_000, 3_000, 4_000]);
  });
});
