import { underCorrections, type Correction } from '../../platform/corrections';
import type { Standing } from '../../platform/late-facts';
import type { HalfDay, PresenceResult } from './events';

/** When somebody was there. */
export interface PresenceValues {
  readonly arrivedAt: string;
  readonly leftAt?: string;
  readonly halfDay?: HalfDay;
}

/** A presence as the stream has it, with what was said of it later. */
export interface Presence {
  readonly id: string;
  readonly standing: Standing;
  /** What was decided of a parked one. */
  readonly accepted?: boolean;
  readonly values: PresenceValues;
  readonly corrections: readonly Correction<PresenceValues>[];
}

/** The presence that an event id comes to: its own, or that of one of its corrections. */
export function presenceOf(presences: readonly Presence[], event: string): Presence | undefined {
  return presences.find(({ id, corrections }) => id === event || corrections.some((each) => each.id === event));
}

/** What a presence says after its corrections, and whether it counts. */
export function resultOf(presence: Presence): PresenceResult {
  const { annulled, values } = underCorrections(presence, presence.corrections);
  const counted = !annulled && (presence.standing !== 'parked' || presence.accepted === true);
  return { ...values, annulled, counted };
}
