import { conflict, invalid, never, notFound, Refusal, type Decider } from '@ardoise/decider';
import type { Policy } from '@ardoise/policy';
import {
  documentCategories,
  documentEvents,
  type DocumentEvent,
  type DocumentKind,
  type DocumentOpened,
} from './events';

/** What is said of a document's content. */
export interface DocumentContent {
  /** Bytes. */
  readonly length: number;
  /** SHA-256, hexadecimal. */
  readonly digest: string;
}

/** What is said of a document when it is handed in. */
export interface DocumentDescription {
  readonly kind: DocumentKind;
  /** The file's name. */
  readonly name: string;
  readonly mediaType: string;
  /** What it belongs to. */
  readonly enrolment?: string;
  readonly session?: string;
}

/** A sealed file, as the event names it. */
export interface DocumentBlob {
  readonly blob: string;
  readonly length: number;
  readonly digest: string;
}

export interface RecordedDocument extends DocumentDescription, DocumentContent {
  readonly person: string;
  readonly occurredAt: string;
  readonly source: string;
}

export interface Document {
  /** The file on record; absent where there is no such document. */
  readonly blob?: DocumentBlob;
  /** What was said of it; absent also where that does not open any more. */
  readonly recorded?: RecordedDocument;
  readonly closed?: 'erased' | 'lost';
  readonly withdrawn: boolean;
}

export interface RecordDocument {
  readonly type: 'record';
  readonly person: string;
  readonly policy: Policy;
  readonly description: DocumentDescription;
  readonly content: DocumentContent;
  readonly blob: DocumentBlob;
}

export interface WithdrawDocument {
  readonly type: 'withdraw';
  readonly reason: string;
  readonly author?: string;
}

export type DocumentCommand = RecordDocument | WithdrawDocument;

/** One document of one person. */
export const document: Decider<Document, DocumentCommand, DocumentEvent, DocumentOpened> = {
  kind: 'document',
  events: documentEvents,

  initialState: () => ({ withdrawn: false }),

  evolve(state, event) {
    switch (event.type) {
      case 'document-recorded': {
        const { blob, length, digest } = event.facts;
        const closed = event.closed.find(({ role }) => role === 'self')?.state;
        const { self } = event.sections;
        const recorded = self && {
          ...self.fields,
          person: self.person,
          occurredAt: self.occurredAt,
          source: self.source,
        };
        return {
          ...state,
          blob: { blob, length, digest },
          ...(closed === undefined ? {} : { closed }),
          ...(recorded === undefined ? {} : { recorded }),
        };
      }
      case 'document-withdrawn':
        return { ...state, withdrawn: true };
      default:
        return never(event);
    }
  },

  decide(command, state, { occurredAt }) {
    switch (command.type) {
      case 'record': {
        const { person, policy, description, content, blob } = command;
        if (state.blob) throw conflict('document-recorded', 'this document is recorded already');
        checkKept(policy, description.kind);
        const fields = { ...description, ...content };
        const self = { person, occurredAt, category: documentCategories[description.kind], fields };
        return [{ type: 'document-recorded', facts: blob, sections: { self } }];
      }
      case 'withdraw': {
        const { person, kind } = livingDocument(state);
        if (state.withdrawn) throw conflict('document-withdrawn', 'the document is withdrawn already');
        const { reason, author } = command;
        const self = { person, occurredAt, category: documentCategories[kind], fields: { reason } };
        const signed = author === undefined ? {} : { author: { person: author, occurredAt, fields: {} } };
        return [{ type: 'document-withdrawn', facts: {}, sections: { self, ...signed } }];
      }
      default:
        return never(command);
    }
  },
};

/** An organisation whose profile has no purpose for a category takes no documents of it. @throws Refusal */
export function checkKept(policy: Policy, kind: DocumentKind): void {
  const category = documentCategories[kind];
  if (policy.categories[category].purposes.length > 0) return;
  throw invalid(
    'category-not-in-profile',
    `the organisation's profile has no purpose for the category ${category}, which such a document is of`,
    '/kind',
  );
}

/** What is on record of a document that can be read. @throws Refusal `document-not-found`, `erased`, `lost` */
export function livingDocument(state: Document): RecordedDocument {
  if (state.recorded) return state.recorded;
  if (!state.blob) throw notFound('document-not-found', 'there is no such document');
  if (state.closed === 'lost') throw new Refusal('gone', 'lost', "the document's key was lost");
  throw new Refusal('gone', 'erased', 'the document has been erased');
}
