import type { VaultDatabase } from './database';

/** Counts how often an organisation's vault was compared with its anchor: a vault that counts less is an older one. */
export class Marks {
  constructor(private readonly database: VaultDatabase) {}

  async read(organisation: string): Promise<bigint> {
    const [row] = await this.database.query<{ mark: string }>('SELECT mark FROM vault.marks WHERE organisation = $1', [
      organisation,
    ]);
    return BigInt(row?.mark ?? 0);
  }

  async advance(organisation: string): Promise<bigint> {
    const [row] = await this.database.query<{ mark: string }>(
      `INSERT INTO vault.marks (organisation, mark) VALUES ($1, 1)
       ON CONFLICT (organisation) DO UPDATE SET mark = marks.mark + 1 RETURNING mark`,
      [organisation],
    );
    return BigInt(row?.mark ?? 0);
  }
}
