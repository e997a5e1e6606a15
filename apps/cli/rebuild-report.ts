import { distance, type PositionUnit } from '../../src/platform/log-standing';
import type { Comparison, RebuildProgress, RuntimeStatus, TableCounts } from '@ardoise/projections';

/** How fast a rebuild is, and how long it takes yet. */
export function progressNote({ events, eventsPerSecond, secondsLeft, phase }: RebuildProgress): string {
  if (phase === 'comparing') return 'comparing with what is shown';
  const left = secondsLeft === undefined ? '' : `, ${timeOf(secondsLeft)} left`;
  return `${events} events read, ${Math.round(eventsPerSecond)} events/s${left}`;
}

/** Seconds in the two units that matter: `42 s`, `3 min 5 s`, `2 h 10 min`. */
export function timeOf(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** What a comparison found: ids and counts. */
export function comparisonLines({ alike, differences, uncompared }: Comparison, switched: boolean): string[] {
  const reasons = { 'another-version': 'another version is shown', stopped: 'it stands still' };
  const why = { ...reasons, 'another-position': 'what is shown is at another position' };
  const lines = [
    `${alike} projections came out as they are shown`,
    ...differences.map(
      (one) =>
        `${one.organisation}: ${one.projection} differs at position ${one.position}: ${one.differing} rows of ` +
        countsOf(one),
    ),
    ...uncompared.map(
      ({ organisation, projection, why: reason, tables }) =>
        `${organisation}: ${projection} was not compared, ${why[reason]}: ${tables.map(countsOf).join('; ')}`,
    ),
  ];
  if (differences.length === 0 || switched) return lines;
  return [
    ...lines,
    'what was built is kept in the schema read_rebuild, and receipts of erasures wait for it: look at it, then run again ' +
      'with --accept-differences to switch to it, without to compare again, or with --abandon to drop it',
  ];
}

/** A rebuild that nothing was switched to; receipts of erasures wait for it. */
export function rebuildLines(rebuild: RuntimeStatus['rebuild'], unit: PositionUnit): string[] {
  if (!rebuild) return [];
  const { underWay, projections, behind } = rebuild;
  const of = `a rebuild of ${projections.length} projections`;
  if (underWay) return [`${of} is under way, ${distance(behind, unit)} behind`];
  return [
    `${of} was not finished, ${distance(behind, unit)} behind, and receipts of erasures wait for it: ardoise rebuild, or with --abandon`,
  ];
}

function countsOf({ table, live, rebuilt }: TableCounts): string {
  return `${table}, ${live} shown and ${rebuilt} rebuilt`;
}
