import { never, type Decider } from '@ardoise/decider';
import {
  gapRecorded,
  groupsEnded,
  keysFenced,
  keysLost,
  keysRotated,
  ledgerReopened,
  type EndedGroup,
  type fenceCauses,
  type groupCauses,
  type KeyringEvent,
  type KeyringOpened,
  type lossReasons,
  type Reopening,
  type Standing,
} from './events';

/** Unit and fingerprint, both hexadecimal. */
export type NamedUnit = readonly [string, string];

export type KeyringCommand =
  | {
      readonly type: 'fence-keys';
      readonly cause: (typeof fenceCauses)[number];
      /** In the order in which they are to stand. */
      readonly units: readonly NamedUnit[];
    }
  | {
      readonly type: 'end-groups';
      readonly cause: (typeof groupCauses)[number];
      readonly groups: readonly EndedGroup[];
    }
  | { readonly type: 'rotate-keys'; readonly epoch: number; readonly previousEndsAt: string }
  | {
      readonly type: 'record-loss';
      readonly reason: (typeof lossReasons)[number];
      readonly reference?: string;
      readonly units: readonly NamedUnit[];
    }
  | {
      readonly type: 'record-gap';
      readonly reason: (typeof lossReasons)[number];
      readonly reference?: string;
      readonly known: Standing;
      readonly found: Standing;
      readonly key: string;
      readonly signature: string;
    }
  | ({ readonly type: 'reopen-ledger' } & Reopening);

/** So many units stay well below a header's limit: each takes 102 bytes of JSON. */
export const unitsInPart = 500;
/** A group takes at most about 230 bytes. */
const groupsInPart = 200;

/** The organisation's record of its keys: what was ended, by what. It concerns nobody whom it could be linked to. */
export const keyring: Decider<null, KeyringCommand, KeyringEvent, KeyringOpened> = {
  kind: 'vault',
  events: [keysFenced, groupsEnded, keysRotated, keysLost, gapRecorded, ledgerReopened],

  stateless: true,

  initialState: () => null,

  evolve: () => null,

  decide(command) {
    switch (command.type) {
      case 'fence-keys':
        return inParts(command.units, unitsInPart, (units, part, parts) => ({
          type: 'keys-fenced' as const,
          facts: { cause: command.cause, units, part, parts },
          sections: {},
        }));
      case 'end-groups':
        return inParts(command.groups, groupsInPart, (groups, part, parts) => ({
          type: 'groups-ended' as const,
          facts: { cause: command.cause, groups, part, parts },
          sections: {},
        }));
      case 'rotate-keys': {
        const { epoch, previousEndsAt } = command;
        return [{ type: 'keys-rotated', facts: { epoch, previousEndsAt }, sections: {} }];
      }
      case 'record-loss': {
        const { reason, reference } = command;
        return inParts(command.units, unitsInPart, (units, part, parts) => ({
          type: 'keys-lost' as const,
          facts: { reason, ...(reference === undefined ? {} : { reference }), units, part, parts },
          sections: {},
        }));
      }
      case 'record-gap': {
        const { type: _, ...facts } = command;
        return [{ type: 'gap-recorded', facts, sections: {} }];
      }
      case 'reopen-ledger': {
        const { type: _, ...facts } = command;
        return [{ type: 'ledger-reopened', facts, sections: {} }];
      }
      default:
        return never(command);
    }
  },
};

function inParts<Item, Event>(
  items: readonly Item[],
  size: number,
  make: (items: readonly Item[], part: number, parts: number) => Event,
): Event[] {
  const parts = Math.ceil(items.length / size);
  return Array.from({ length: parts }, (_, i) => make(items.slice(i * size, (i + 1) * size), i + 1, parts));
}
