import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Registry } from 'prom-client';
import { METRICS } from './tokens';

/** Figures for Prometheus; their labels name organisations and projections, never persons. */
@ApiExcludeController()
@Controller('metrics')
export class MetricsHttp {
  constructor(@Inject(METRICS) private readonly metrics: Registry) {}

  @Get()
  async show(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.header('content-type', this.metrics.contentType);
    return this.metrics.metrics();
  }
}
