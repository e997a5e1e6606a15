import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { ProblemError } from '@ardoise/http';
import type { FastifyRequest } from 'fastify';
import { EndedOrganisations } from './ended-organisations';
import { POLICIES } from './tokens';

/** Every route below an organisation is for one that is there. */
@Injectable()
export class OrganisationGuard implements CanActivate {
  constructor(
    @Inject(POLICIES) private readonly policies: ReadonlyMap<string, unknown>,
    private readonly ended: EndedOrganisations,
  ) {}

  canActivate(host: ExecutionContext): boolean {
    const { organisation } = host.switchToHttp().getRequest<FastifyRequest>().params as { organisation?: string };
    if (organisation !== undefined && this.ended.has(organisation)) {
      throw new ProblemError(410, 'organisation-ended', 'the organisation has ended, and its keys with it');
    }
    if (organisation !== undefined && !this.policies.has(organisation)) {
      throw new ProblemError(404, 'organisation-not-found', 'there is no such organisation');
    }
    return true;
  }
}
