import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import type { EventStore } from '@ardoise/event-store';
import { ProjectionRuntime } from '@ardoise/projections';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, mergeMap, type Observable } from 'rxjs';
import { EVENT_STORE } from './tokens';

const longestWait = 30;

/**
 * `Prefer: wait=N` (RFC 7240): the answer to a command comes when the read models show it, or after N seconds. The
 * command itself is durable either way.
 */
@Injectable()
export class PreferWaitInterceptor implements NestInterceptor {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly projections: ProjectionRuntime,
  ) {}

  intercept(host: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const match = /(?:^|,)\s*wait=(\d{1,4})\b/.exec(String(request.headers.prefer ?? ''));
    const { organisation } = request.params as { organisation?: string };
    if (!match || organisation === undefined || request.method !== 'POST') return next.handle();
    const seconds = Math.min(Number(match[1]), longestWait);
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      mergeMap((answer) =>
        from(
          this.wait(organisation, seconds).then((shown) => {
            if (shown) void reply.header('preference-applied', `wait=${seconds}`);
            return answer as unknown;
          }),
        ),
      ),
    );
  }

  private async wait(organisation: string, seconds: number): Promise<boolean> {
    try {
      await this.projections.waitFor(organisation, await this.store.head(organisation), { timeoutMs: seconds * 1000 });
      return true;
    } catch {
      return false;
    }
  }
}
