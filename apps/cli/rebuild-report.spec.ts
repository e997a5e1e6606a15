import { comparisonLines, progressNote, rebuildLines, timeOf } from './rebuild-report';

describe('what is said of a rebuild', () => {
  it('tells its speed and the time that it takes yet', () => {
    const at = { passed: 840, total: 8400, events: 10, eventsPerSecond: 1234.4, secondsLeft: 184.2 } as const;
    expect(progressNote({ ...at, phase: 'reading' })).toBe('10 events read, 1234 events/s, 3 min 5 s left');
    expect(progressNote({ ...at, phase: 'comparing' })).toBe('comparing with what is shown');
    expect([0.2, 59, 3600, 7801].map(timeOf)).toEqual(['1 s', '59 s', '1 h 0 min', '2 h 10 min']);
  });

  it('names what differs by organisation, projection, table and counts, and what can be done', () => {
    const counts = { organisation: 'mira', projection: 'seats', table: 'seats', live: 13, rebuilt: 15 };
    const differs = { alike: 3, differences: [{ ...counts, differing: 3, position: 122n }], uncompared: [] };
    const [alike, difference, advice] = comparisonLines(differs, false);
    expect(alike).toBe('3 projections came out as they are shown');
    expect(difference).toBe('mira: seats differs at position 122: 3 rows of seats, 13 shown and 15 rebuilt');
    expect(advice).toMatch(/--accept-differences.*--abandon/);
    expect(comparisonLines(differs, true)).toHaveLength(2);
  });

  it('says what a rebuild that nobody runs holds up', () => {
    const rebuild = { underWay: false, projections: ['seats'], behind: 7n };
    expect(rebuildLines(rebuild, 'events')[0]).toMatch(/not finished, 7 events behind.*erasures wait/);
    expect(rebuildLines({ ...rebuild, underWay: true }, 'half-bytes')[0]).toMatch(
      /is under way, 7 half bytes of the log behind/,
    );
    expect(rebuildLines(undefined, 'events')).toEqual([]);
  });
});
