import { ApiProperty } from '@nestjs/swagger';
import type { StoredEvent } from '@ardoise/event-store';
import { readHeader } from '@ardoise/format';
import type { ServerSentEvent } from '@ardoise/http';

/** One change of an organisation's record: what its header says in clear, and nothing of what is sealed. */
export class ChangeView {
  @ApiProperty({ description: 'Where it stands in the log, decimal: opaque, and only growing.' })
  position: string;

  @ApiProperty({ description: 'Id of the event.' })
  event: string;

  @ApiProperty()
  type: string;

  @ApiProperty({ description: 'The stream that it stands in: its kind and 32 hexadecimal digits.' })
  stream: string;

  @ApiProperty({ type: 'integer', description: 'Its place in the stream, from 0.' })
  version: number;

  @ApiProperty({ format: 'date-time' })
  recordedAt: string;
}

export interface Change {
  readonly position: bigint;
  readonly sent: ServerSentEvent;
}

export function changeOf({ position, stream, version, header }: StoredEvent): Change {
  const { id, type, recordedAt } = readHeader(header);
  const view: ChangeView = { position: position.toString(), event: id, type, stream, version, recordedAt };
  return { position, sent: { id: view.position, event: type, data: JSON.stringify(view) } };
}
