import { hasResidue, isDue, type ChangingTable } from './tables';

const table = (changes: bigint, last?: { changes: bigint; daysAgo: number; countedSince?: string }): ChangingTable => ({
  name: 'read.identities',
  sql: 'read.identities',
  changes,
  countedSince: 'start',
  ...(last
    ? {
        last: {
          changes: last.changes,
          countedSince: last.countedSince ?? 'start',
          at: new Date(now.getTime() - last.daysAgo * 86_400_000),
        },
      }
    : {}),
});
const now = new Date('2026-11-22T10:00:00Z');

describe('whether a table is rewritten', () => {
  it('has residue when rows were changed or removed since the last rewriting', () => {
    expect(hasResidue(table(0n))).toBe(false);
    expect(hasResidue(table(3n))).toBe(true);
    expect(hasResidue(table(3n, { changes: 3n, daysAgo: 100 }))).toBe(false);
    expect(hasResidue(table(4n, { changes: 3n, daysAgo: 0 }))).toBe(true);
  });

  it('trusts no count that began anew, as after a crash of the server', () => {
    expect(hasResidue(table(3n, { changes: 3n, daysAgo: 1, countedSince: 'before the crash' }))).toBe(true);
    expect(hasResidue(table(1n, { changes: 3n, daysAgo: 1 }))).toBe(true);
  });

  it('is due a week before the horizon, or half of a short one, and at once when it was never seen', () => {
    expect(isDue(table(3n), now, 30)).toBe(true);
    expect(isDue(table(4n, { changes: 3n, daysAgo: 22.9 }), now, 30)).toBe(false);
    expect(isDue(table(4n, { changes: 3n, daysAgo: 23 }), now, 30)).toBe(true);
    expect(isDue(table(4n, { changes: 3n, daysAgo: 0.4 }), now, 1)).toBe(false);
    expect(isDue(table(4n, { changes: 3n, daysAgo: 0.5 }), now, 1)).toBe(true);
    expect(isDue(table(3n, { changes: 3n, daysAgo: 1_000 }), now, 30)).toBe(false);
  });
});
