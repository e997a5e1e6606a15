import {
  defineEvent,
  digest,
  integer,
  list,
  optional,
  record,
  text,
  type EventOf,
  type OpenedOf,
  type ValueOf,
} from '@ardoise/sealing';

const treeSize = { incarnation: integer(1), size: integer(0) };
/** How far a tree went, and its root there. */
const bundledTree = record({ ...treeSize, root: digest() });

export type RecordedTree = ValueOf<typeof bundledTree>;

/**
 * The clear headers of an organisation were given out in a bundle, up to these sizes. Headers with random ids are still
 * somebody's data for as long as keys live, so this is a disclosure; to whom it went is found by the reference.
 */
export const bundleExported = defineEvent({
  type: 'bundle-exported',
  schema: 1,
  stream: 'bundle',
  facts: {
    trees: list(bundledTree),
    /** Of an increment: what came before this was left out. */
    since: optional(record(treeSize)),
    /** A ticket or minute; no free text, which could name somebody. */
    reference: optional(text(40)),
  },
  sections: {},
});

export const ledgerEvents = [bundleExported] as const;

export type LedgerEvent = EventOf<(typeof ledgerEvents)[number]>;
export type LedgerOpened = OpenedOf<(typeof ledgerEvents)[number]>;
