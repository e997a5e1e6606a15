import type { Decider } from '@ardoise/decider';
import { keysFenced, type fenceCauses, type KeyringEvent, type KeyringOpened } from './events';

export interface FenceKeys {
  readonly type: 'fence-keys';
  readonly cause: (typeof fenceCauses)[number];
  /** Unit and fingerprint, in the order in which they are to stand. */
  readonly units: readonly (readonly [string, string])[];
}

/** So many units stay well below a header's limit: each takes 102 bytes of JSON. */
export const unitsInPart = 500;

/** The organisation's record of its keys: which units were ended. It concerns nobody whom it could be linked to. */
export const keyring: Decider<null, FenceKeys, KeyringEvent, KeyringOpened> = {
  kind: 'vault',
  events: [keysFenced],

  initialState: () => null,

  evolve: () => null,

  decide({ cause, units }) {
    const parts = Math.ceil(units.length / unitsInPart);
    return Array.from({ length: parts }, (_, index) => ({
      type: 'keys-fenced' as const,
      facts: { cause, units: units.slice(index * unitsInPart, (index + 1) * unitsInPart), part: index + 1, parts },
      sections: {},
    }));
  },
};
