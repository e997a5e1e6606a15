import { Controller, Get, Res, StreamableFile } from '@nestjs/common';
import { ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import { ApiQueryRoute, ProblemError } from '@ardoise/http';
import { TileMissingError } from '@ardoise/sequencer';
import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';
import { Asked, type AskedFile } from './asked-file';
import { ServedFiles, type ServedFile } from './served-files';

const ndjson = 'application/x-ndjson';
const organisation = { name: 'organisation', type: String };
const incarnation = { name: 'incarnation', type: 'integer' };

/**
 * The ledger's files, in the layout of a bundle (docs/adr/0030). Below each incarnation they are a log of
 * c2sp.org/tlog-tiles, which any client of that specification reads.
 */
@ApiTags('ledger')
@ApiParam(organisation)
@Controller('v1/organisations/:organisation/ledger')
export class LedgerHttp {
  constructor(private readonly files: ServedFiles) {}

  @Get('ledger.json')
  @ApiQueryRoute({ summary: 'The trees there are, as far as their newest checkpoints go' })
  index(@Asked() asked: AskedFile, @Res({ passthrough: true }) reply: FastifyReply): Served {
    return this.serve(asked, reply);
  }

  @Get('keys.json')
  @ApiQueryRoute({ summary: 'The public keys that checkpoints and receipts are and were signed with' })
  keys(@Asked() asked: AskedFile, @Res({ passthrough: true }) reply: FastifyReply): Served {
    return this.serve(asked, reply);
  }

  @Get('vocabulary.json')
  @ApiQueryRoute({ summary: 'The declarations of all types of events' })
  vocabulary(@Asked() asked: AskedFile, @Res({ passthrough: true }) reply: FastifyReply): Served {
    return this.serve(asked, reply);
  }

  @Get('policies/:policy')
  @ApiParam({ name: 'policy', type: String, description: 'A version of the policy and ".json".' })
  @ApiQueryRoute({ summary: 'A version of the policy: the bytes whose SHA-256 the log has' })
  policy(@Asked() asked: AskedFile, @Res({ passthrough: true }) reply: FastifyReply): Served {
    return this.serve(asked, reply);
  }

  @Get('receipts.ndjson')
  @ApiProduces(ndjson)
  @ApiQueryRoute({ summary: 'The receipts of days and of the organisation, one a line' })
  receipts(@Asked() asked: AskedFile, @Res({ passthrough: true }) reply: FastifyReply): Served {
    return this.serve(asked, reply);
  }

  @Get('units.ndjson')
  @ApiProduces(ndjson)
  @ApiQueryRoute({ summary: 'What the vault says has ended, one a line: a checkpoint read afterwards covers it' })
  units(@Asked() asked: AskedFile, @Res({ passthrough: true }) reply: FastifyReply): Served {
    return this.serve(asked, reply);
  }

  @Get(':incarnation/checkpoint')
  @ApiProduces('text/plain')
  @ApiParam(incarnation)
  @ApiQueryRoute({ summary: 'The newest checkpoint, a signed note with its cosignatures (c2sp.org/tlog-checkpoint)' })
  checkpoint(@Asked() asked: AskedFile, @Res({ passthrough: true }) reply: FastifyReply): Served {
    return this.serve(asked, reply);
  }

  @Get(':incarnation/checkpoints.ndjson')
  @ApiProduces(ndjson)
  @ApiParam(incarnation)
  @ApiQueryRoute({ summary: 'All checkpoints, the smallest first, one a line' })
  checkpoints(@Asked() asked: AskedFile, @Res({ passthrough: true }) reply: FastifyReply): Served {
    return this.serve(asked, reply);
  }

  @Get(':incarnation/tile/*')
  @ApiProduces('application/octet-stream')
  @ApiParam(incarnation)
  @ApiParam({ name: 'tile', type: String, description: 'For instance 0/x001/234.p/5, or entries/000.' })
  @ApiQueryRoute({ summary: 'A tile of hashes or a bundle of entries (c2sp.org/tlog-tiles)' })
  tile(@Asked() asked: AskedFile, @Res({ passthrough: true }) reply: FastifyReply): Served {
    return this.serve(asked, reply);
  }

  private async serve({ organisation, path, known }: AskedFile, reply: FastifyReply): Served {
    const file = await this.found(organisation, path);
    void reply.header('cache-control', file.cacheControl).header('x-content-type-options', 'nosniff');
    if (file.etag !== undefined) {
      void reply.header('etag', file.etag);
      if (known.includes(file.etag)) {
        void reply.status(304);
        return undefined;
      }
    }
    void reply.header('content-type', file.mediaType);
    const { content } = file;
    if (Buffer.isBuffer(content)) return new StreamableFile(content, { length: content.length });
    return new StreamableFile(Readable.from(content, { objectMode: false }));
  }

  private async found(organisation: string, path: string): Promise<ServedFile> {
    try {
      const file = await this.files.find(organisation, path);
      if (file) return file;
    } catch (error) {
      if (!(error instanceof TileMissingError)) throw error;
      throw new ProblemError(503, 'ledger-tiles-missing', 'tiles were thrown away and are not made again yet');
    }
    throw new ProblemError(404, 'ledger-file-not-found', 'the ledger has no such file, or has not grown so far yet');
  }
}

type Served = Promise<StreamableFile | undefined>;
