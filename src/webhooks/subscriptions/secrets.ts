import { Inject, Injectable } from '@nestjs/common';
import { decrypt, encrypt, lengthPrefixed } from '@ardoise/format';
import { Clock } from '@ardoise/time';
import type { Vault } from '@ardoise/vault';
import { newSecret } from '@ardoise/webhook';
import { DataSource } from 'typeorm';
import { VAULT } from '../../platform/tokens';

const label = 'webhook-secret';

/**
 * The secrets that webhooks are signed with. At rest they are sealed (AES-256-GCM) under a key made from the
 * organisation's naming key, which is in the vault: it outlives rotations and ends with the organisation. In clear a
 * secret leaves once, when it is made.
 */
@Injectable()
export class WebhookSecrets {
  constructor(
    private readonly database: DataSource,
    private readonly clock: Clock,
    @Inject(VAULT) private readonly vault: Vault,
  ) {}

  /** Makes a new secret; those before it are valid for so long still. */
  async renew(organisation: string, subscription: string, overlapMilliseconds: number): Promise<string> {
    const secret = newSecret();
    const [newest] = await this.rows(organisation, subscription);
    const generation = (newest?.generation ?? 0) + 1;
    const { key, place } = await this.keyOf(organisation, subscription, generation);
    const sealed = encrypt(key, Buffer.from(secret, 'utf8'), place);
    const until = new Date(this.clock.now().getTime() + overlapMilliseconds);
    await this.database.query(
      `WITH older AS (
         UPDATE webhooks.secrets SET valid_until = least(coalesce(valid_until, $5), $5)
          WHERE organisation = $1 AND subscription = $2 AND generation < $3
       )
       INSERT INTO webhooks.secrets (organisation, subscription, generation, sealed) VALUES ($1, $2, $3, $4)`,
      [organisation, subscription, generation, sealed, until],
    );
    return secret;
  }

  /** The secrets to sign with now, the newest first: two during a rotation. */
  async valid(organisation: string, subscription: string): Promise<string[]> {
    const now = this.clock.now();
    const rows = (await this.rows(organisation, subscription)).filter(
      ({ valid_until }) => valid_until === null || valid_until > now,
    );
    return Promise.all(
      rows.slice(0, 2).map(async ({ generation, sealed }) => {
        const { key, place } = await this.keyOf(organisation, subscription, generation);
        return decrypt(key, sealed, place).toString('utf8');
      }),
    );
  }

  private rows(
    organisation: string,
    subscription: string,
  ): Promise<{ generation: number; sealed: Buffer; valid_until: Date | null }[]> {
    return this.database.query(
      `SELECT generation, sealed, valid_until FROM webhooks.secrets
        WHERE organisation = $1 AND subscription = $2 ORDER BY generation DESC`,
      [organisation, subscription],
    );
  }

  private async keyOf(
    organisation: string,
    subscription: string,
    generation: number,
  ): Promise<{ readonly key: Buffer; readonly place: Buffer }> {
    const naming = await this.vault.naming(organisation);
    const place = lengthPrefixed([label, organisation, subscription, String(generation)]);
    return { key: Buffer.from(naming.digest(label, place), 'hex'), place };
  }
}
