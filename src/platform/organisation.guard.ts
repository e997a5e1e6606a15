import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { ProblemError } from '@ardoise/http';
import type { FastifyRequest } from 'fastify';
import { EndedOrganisations } from './ended-organisations';
import { Quarantines } from './gate/quarantines';
import { POLICIES } from './tokens';

/** Every route below an organisation is for one that is there; one in quarantine is only read. */
@Injectable()
export class OrganisationGuard implements CanActivate {
  constructor(
    @Inject(POLICIES) private readonly policies: ReadonlyMap<string, unknown>,
    private readonly ended: EndedOrganisations,
    private readonly quarantines: Quarantines,
  ) {}

  canActivate(host: ExecutionContext): boolean {
    const { method, params } = host.switchToHttp().getRequest<FastifyRequest>();
    const { organisation } = params as { organisation?: string };
    if (organisation !== undefined && this.ended.has(organisation)) {
      throw new ProblemError(410, 'organisation-ended', 'the organisation has ended, and its keys with it');
    }
    if (organisation !== undefined && !this.policies.has(organisation)) {
      throw new ProblemError(404, 'organisation-not-found', 'there is no such organisation');
    }
    if (organisation !== undefined && method !== 'GET' && method !== 'HEAD') this.quarantines.mustBeOpen(organisation);
    return true;
  }
}
