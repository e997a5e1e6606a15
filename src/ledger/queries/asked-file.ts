import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** A file of a ledger as a request names it. */
export interface AskedFile {
  readonly organisation: string;
  /** What stands behind `/ledger/` in the address, as it was written: a path that needs decoding is none of the layout. */
  readonly path: string;
  /** The ETags that the client has. */
  readonly known: readonly string[];
}

export const Asked = createParamDecorator((_: unknown, host: ExecutionContext): AskedFile => {
  const { url, params, headers } = host.switchToHttp().getRequest<FastifyRequest>();
  const { organisation } = params as { organisation: string };
  const address = url.split('?')[0] as string;
  return {
    organisation,
    path: address.slice(address.indexOf('/ledger/') + '/ledger/'.length),
    known: (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, '')),
  };
});
