import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { EventStore } from '@ardoise/event-store';
import { canonicalBytes, readHeader, singleStream, type Json } from '@ardoise/format';
import { digestOf } from '@ardoise/policy';
import { policyAdopted } from '../../organisations/domain/events';
import { Platform } from '../../platform/platform';
import { EVENT_STORE } from '../../platform/tokens';

/**
 * The profiles that an organisation has adopted, as the bytes that the log's digests are of. A profile changes with a
 * start only, so that every process keeps, at its start, those that it was started with.
 */
@Injectable()
export class PolicyTexts implements OnModuleInit {
  constructor(
    private readonly platform: Platform,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  async onModuleInit(): Promise<void> {
    const { policies, pools, log } = this.platform;
    for (const [organisation, policy] of policies) {
      const canonical = canonicalBytes(policy as unknown as Json);
      const kept = pools.ledger.query(
        'INSERT INTO ledger.policies (organisation, digest, canonical) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        [organisation, Buffer.from(digestOf(policy), 'hex'), canonical],
      );
      // It is tried again at the next start; nothing that runs now needs it.
      await kept.catch(() => log.warn({ organisation }, 'the profile could not be kept for bundles of the ledger'));
    }
  }

  /** The versions that the log says were adopted and whose bytes are known, in order. */
  async versions(organisation: string): Promise<number[]> {
    const adopted = await this.adopted(organisation);
    const { rows } = await this.platform.pools.ledger.query<{ digest: Buffer }>(
      'SELECT digest FROM ledger.policies WHERE organisation = $1',
      [organisation],
    );
    const known = new Set(rows.map(({ digest }) => digest.toString('hex')));
    return [...adopted].filter(([, digest]) => known.has(digest)).map(([version]) => version);
  }

  /** Canonical JSON of a version that was adopted; undefined where it was not, or is not known. */
  async text(organisation: string, version: number): Promise<Buffer | undefined> {
    const digest = (await this.adopted(organisation)).get(version);
    if (digest === undefined) return undefined;
    const { rows } = await this.platform.pools.ledger.query<{ canonical: Buffer }>(
      'SELECT canonical FROM ledger.policies WHERE organisation = $1 AND digest = $2',
      [organisation, Buffer.from(digest, 'hex')],
    );
    return rows[0]?.canonical;
  }

  /** Versions and digests, in the order of their adoption. */
  private async adopted(organisation: string): Promise<Map<number, string>> {
    const stored = await this.store.readStream(organisation, singleStream('organisation'));
    const headers = stored.map(({ header }) => readHeader(header)).filter(({ type }) => type === policyAdopted.type);
    return new Map(headers.map(({ facts }) => [facts.policy as number, facts.digest as string]));
  }
}
