import type { VersionStanding } from '@ardoise/versions';

/** Where something stopped, and at what: ids, codes and an event's type. */
export interface Stop {
  readonly code: string;
  readonly event: string;
  readonly type?: string;
  readonly schema?: number;
}

/** Why something stands still, in words; nothing where it does not. */
export function whyOf(stop: Stop | undefined): { readonly why?: string } {
  if (!stop) return {};
  const { code, event, type, schema } = stop;
  return { why: `${code} at event ${event}${type === undefined ? '' : `, ${type} version ${schema}`}` };
}

/** What an upgrade waits for; nothing where all who live know the same. */
export function upgradeLines({ waiting, waitsFor, unknown }: VersionStanding): string[] {
  const lines = unknown.length === 0 ? [] : [`this program is too old: it does not know ${unknown.join(', ')}`];
  if (waiting.length === 0) return lines;
  const named = waitsFor.map(({ name, announced }) => (announced ? name : `${name} (has not announced what it knows)`));
  const whom = [...new Set(named)].join(', ') || 'the next look at who runs';
  return [...lines, `an upgrade is under way: ${waiting.join(', ')} not written yet, waiting for ${whom}`];
}
