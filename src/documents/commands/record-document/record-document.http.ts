import { Controller, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiConsumes, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Config } from '@ardoise/config';
import type { CommandContext } from '@ardoise/decider';
import {
  ApiCommand,
  CommandBody,
  Context,
  created,
  Id,
  IdPipe,
  mediaTypeOf,
  occurredAtOf,
  OneOf,
  Satisfies,
  Streamed,
  streamedBody,
  Text,
} from '@ardoise/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RecordedBody } from '../../../platform/recorded-thing';
import { CONFIG } from '../../../platform/tokens';
import { documentKinds, type DocumentKind } from '../../domain/events';
import { mediaTypes } from '../../media-types';
import { RecordDocumentCommand } from './record-document.command';

/** A name as people give their files: no control character, and text that can be stored. */
const isFileName = (value: unknown): boolean => typeof value === 'string' && !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(value);

/** What is said of a document beside its content. */
export class DocumentQuery extends CommandBody {
  @OneOf(documentKinds)
  kind: DocumentKind;

  @Text({ max: 255, description: "The file's name." })
  @Satisfies(isFileName, 'must be a name without control characters')
  name: string;

  @Id({ optional: true, description: 'The enrolment that it belongs to.' })
  enrolment?: string;

  @Id({ optional: true, description: 'The session that it belongs to.' })
  session?: string;
}

const binary = { schema: { type: 'string', format: 'binary' } };

@ApiTags('documents')
@Controller('v1/organisations/:organisation/persons/:person/documents')
export class RecordDocumentHttp {
  constructor(
    private readonly commands: CommandBus,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  @Streamed(mediaTypes)
  @ApiCommand({ summary: 'Record a document; the body is its content', creates: RecordedBody })
  @ApiConsumes(...mediaTypes)
  @ApiBody({ required: true, ...binary })
  @ApiResponse({ status: 413, description: 'It is larger than ARDOISE_BLOB_LIMIT.' })
  @ApiResponse({ status: 415, description: 'It is of a media type that is not taken.' })
  async record(
    @Context() context: CommandContext & { request: object },
    @Param('person', new IdPipe('person')) person: string,
    @Query() query: DocumentQuery,
    @Req() request: FastifyRequest & { receivedAt: Date },
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecordedBody> {
    const { kind, name, enrolment, session, occurredAt, source } = query;
    const content = streamedBody(request, this.config.blobLimit);
    const description = {
      kind,
      name,
      mediaType: mediaTypeOf(request),
      ...(enrolment === undefined ? {} : { enrolment }),
      ...(session === undefined ? {} : { session }),
    };
    const said = {
      ...context,
      ...(source === undefined ? {} : { source }),
      ...(occurredAt === undefined ? {} : { occurredAt: occurredAtOf(occurredAt, request.receivedAt) }),
    };
    const thing = await this.commands.execute(new RecordDocumentCommand(said, person, description, content));
    const body = created(reply, thing);
    void reply.header('location', `/v1/organisations/${context.organisation}/documents/${thing.id}`);
    return body;
  }
}
