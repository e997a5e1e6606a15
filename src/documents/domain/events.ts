import type { Category } from '@ardoise/policy';
import { defineEvent, digest, id, integer, oneOf, optional, text, type EventOf, type OpenedOf } from '@ardoise/sealing';

export const documentKinds = [
  'identity-document',
  'supporting-document',
  'curriculum-vitae',
  'attendance-sheet',
] as const;
export type DocumentKind = (typeof documentKinds)[number];

/** The category that a kind of document is kept in, and ends with. */
export const documentCategories = {
  'identity-document': 'identity-document',
  'supporting-document': 'administrative',
  'curriculum-vitae': 'professional-background',
  'attendance-sheet': 'attendance',
} as const satisfies Record<DocumentKind, Category>;

const category = Object.values(documentCategories);

/** A document was taken in. Its file lies outside the log, sealed under the unit of `self` (docs/format.md, "Blobs"). */
export const documentRecorded = defineEvent({
  type: 'document-recorded',
  schema: 1,
  stream: 'document',
  facts: {
    blob: id(),
    /** Bytes of the sealed file. */
    length: integer(1),
    /** SHA-256 of the sealed file. */
    digest: digest(),
  },
  sections: {
    self: {
      category,
      fields: {
        kind: oneOf(documentKinds),
        name: text(255),
        mediaType: text(100),
        /** Bytes of the content. */
        length: integer(1),
        /** SHA-256 of the content. */
        digest: digest(),
        enrolment: optional(id()),
        session: optional(id()),
      },
    },
  },
});

/** A document was recorded by mistake, or has served its purpose: its file is removed, and what was said of it stays. */
export const documentWithdrawn = defineEvent({
  type: 'document-withdrawn',
  schema: 1,
  stream: 'document',
  facts: {},
  sections: {
    self: { category, fields: { reason: text(1000) } },
    author: { category: 'staff', fields: {}, optional: true },
  },
});

export const documentEvents = [documentRecorded, documentWithdrawn] as const;

export type DocumentEvent = EventOf<(typeof documentEvents)[number]>;
export type DocumentOpened = OpenedOf<(typeof documentEvents)[number]>;
