import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute, attachment, IdPipe } from '@ardoise/http';
import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';
import { mediaTypes } from '../media-types';
import { DocumentReader } from './document-reader';
import { DocumentView, documentView } from './document.view';

@ApiTags('documents')
@Controller('v1/organisations/:organisation/documents/:document')
export class DocumentHttp {
  constructor(private readonly documents: DocumentReader) {}

  @Get()
  @ApiQueryRoute({ summary: 'One document, without its content', answers: DocumentView })
  async one(
    @Param('organisation') organisation: string,
    @Param('document', new IdPipe('document')) document: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DocumentView> {
    const { recorded, state, version } = await this.documents.get(organisation, document);
    void reply.header('etag', `"${version}"`);
    return documentView(document, recorded, state.withdrawn);
  }

  /** An answer that breaks off is one whose file was found altered on the way: its length says that it is not whole. */
  @Get('content')
  @ApiQueryRoute({ summary: 'The content of a document, to be saved' })
  @ApiProduces(...mediaTypes)
  @ApiResponse({ status: 500, description: 'Its file is missing or altered; an alarm has been raised.' })
  async content(
    @Param('organisation') organisation: string,
    @Param('document', new IdPipe('document')) document: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { recorded, content, close } = await this.documents.open(organisation, document);
    const stream = Readable.from(content, { objectMode: false });
    stream.once('close', () => void close());
    void reply
      .headers({
        'content-type': recorded.mediaType,
        'content-length': recorded.length,
        'content-disposition': attachment(recorded.name),
        'content-security-policy': "default-src 'none'; sandbox",
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      })
      .send(stream);
  }
}
