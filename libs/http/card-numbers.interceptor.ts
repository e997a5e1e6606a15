import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import type { Observable } from 'rxjs';
import { refuseCardNumbers } from './card-numbers';

/**
 * Refuses a request that holds a card number before anything reads it: body, parameters of the path and of the query.
 * The lines of a batch are refused one by one where they are read.
 */
@Injectable()
export class CardNumbersInterceptor implements NestInterceptor {
  intercept(host: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { body, params, query } = host.switchToHttp().getRequest<FastifyRequest>();
    // The content of a document is nobody's field: it is sealed as it is, and never read.
    if (typeof body !== 'string' && !(body instanceof Readable)) refuseCardNumbers(body);
    for (const values of [params, query]) {
      for (const [name, value] of Object.entries(values ?? {})) refuseCardNumbers(value, name);
    }
    return next.handle();
  }
}
