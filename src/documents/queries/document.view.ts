import { ApiProperty } from '@nestjs/swagger';
import type { RecordedDocument } from '../domain/document';
import { documentKinds } from '../domain/events';
import type { DocumentRow } from '../read-models/document.row';

/** A document in a list: without its name. */
export class ListedDocumentView {
  @ApiProperty()
  id: string;

  @ApiProperty({ description: 'The alias in whose record it stands.' })
  person: string;

  @ApiProperty({ enum: documentKinds })
  kind: string;

  @ApiProperty()
  mediaType: string;

  @ApiProperty({ type: 'integer', description: 'Bytes of the content.' })
  length: number;

  @ApiProperty({ required: false })
  enrolment?: string;

  @ApiProperty({ required: false })
  session?: string;

  @ApiProperty({ description: 'Its file is removed.' })
  withdrawn: boolean;

  @ApiProperty({ format: 'date-time' })
  occurredAt: string;
}

export class DocumentView extends ListedDocumentView {
  @ApiProperty({ description: "The file's name." })
  name: string;

  @ApiProperty({ description: 'SHA-256 of the content, hexadecimal.' })
  digest: string;

  @ApiProperty()
  source: string;
}

export function listedDocumentView(row: DocumentRow): ListedDocumentView {
  const { document, person, kind, mediaType, length, enrolment, session, withdrawn, occurredAt } = row;
  return {
    id: document,
    person,
    kind,
    mediaType,
    length: Number(length),
    ...(enrolment === null ? {} : { enrolment }),
    ...(session === null ? {} : { session }),
    withdrawn,
    occurredAt: new Date(occurredAt).toISOString(),
  };
}

export function documentView(id: string, recorded: RecordedDocument, withdrawn: boolean): DocumentView {
  const { person, kind, name, mediaType, length, digest, enrolment, session, occurredAt, source } = recorded;
  return {
    id,
    person,
    kind,
    name,
    mediaType,
    length,
    digest,
    ...(enrolment === undefined ? {} : { enrolment }),
    ...(session === undefined ? {} : { session }),
    withdrawn,
    occurredAt,
    source,
  };
}
