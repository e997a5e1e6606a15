import * as fc from 'fast-check';
import { lineAmount } from './amounts';

describe('lineAmount', () => {
  it.each([
    [1, 120_000, 120_000n],
    [1.5, 333, 500n],
    [0.5, 1, 1n],
    [0.49, 1, 0n],
    [1.005, 100, 101n],
    [2.675, 100, 268n],
    [0, 500, 0n],
    [1e-7, 10_000_000, 1n],
    [1e21, 2, 2_000_000_000_000_000_000_000n],
  ])('%d × %d is %d', (quantity, unitAmount, expected) => {
    expect(lineAmount(quantity, unitAmount)).toBe(expected);
  });

  it('rounds hundredths of a quantity half up, as whole numbers do', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 0, max: 10_000_000 }),
        (hundredths, unit) => {
          const expected = (BigInt(hundredths) * BigInt(unit) * 2n + 100n) / 200n;
          expect(lineAmount(hundredths / 100, unit)).toBe(expected);
        },
      ),
    );
  });
});
