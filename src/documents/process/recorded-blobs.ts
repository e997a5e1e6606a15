import { Injectable } from '@nestjs/common';
import type { RecordedBlob } from '@ardoise/blobs';
import { DataSource } from 'typeorm';

/** A file on record. */
export interface BlobRow extends RecordedBlob {
  readonly document: string;
  readonly unit: string;
  readonly fingerprint: string;
  readonly state: 'written' | 'recorded' | 'ending';
}

type StoredRow = Omit<BlobRow, 'length'> & { readonly length: string };

const columns = 'blob, document, unit, fingerprint, length, digest, state';
const pageLength = 500;

/** The table of files on record; see its migration. */
@Injectable()
export class RecordedBlobs {
  constructor(private readonly database: DataSource) {}

  /** A file was written; its event follows. */
  async written(organisation: string, row: Omit<BlobRow, 'state'>, at: Date): Promise<void> {
    await this.insert(organisation, { ...row, state: 'written' }, at);
  }

  /** The event is there. False where the file is not known yet. */
  async confirm(organisation: string, blob: string): Promise<boolean> {
    const rows: unknown[] = await this.database.query(
      `WITH confirmed AS (
         UPDATE documents.blobs SET state = 'recorded' WHERE organisation = $1 AND blob = $2 AND state = 'written'
       )
       SELECT FROM documents.blobs WHERE organisation = $1 AND blob = $2`,
      [organisation, blob],
    );
    return rows.length > 0;
  }

  /** A file that only its event knew. */
  async recorded(organisation: string, row: Omit<BlobRow, 'state'>, at: Date): Promise<void> {
    await this.insert(organisation, { ...row, state: 'recorded' }, at);
  }

  async find(organisation: string, blob: string): Promise<BlobRow | undefined> {
    const [row] = await this.select(`organisation = $1 AND blob = $2`, [organisation, blob]);
    return row;
  }

  ofUnits(organisation: string, units: readonly string[]): Promise<BlobRow[]> {
    return this.select(`organisation = $1 AND unit = ANY($2)`, [organisation, units]);
  }

  ofDocument(organisation: string, document: string): Promise<BlobRow[]> {
    return this.select(`organisation = $1 AND document = $2`, [organisation, document]);
  }

  /** Files written before an instant whose event never came. */
  leftWritten(organisation: string, before: Date): Promise<BlobRow[]> {
    return this.select(`organisation = $1 AND state = 'written' AND written_at < $2`, [organisation, before]);
  }

  /** All of an organisation, page by page. */
  async *all(organisation: string): AsyncGenerator<readonly BlobRow[]> {
    for (let after = ''; ;) {
      const page = await this.select(`organisation = $1 AND blob > $2 ORDER BY blob LIMIT ${pageLength}`, [
        organisation,
        after,
      ]);
      if (page.length === 0) return;
      yield page;
      after = (page.at(-1) as BlobRow).blob;
    }
  }

  async count(organisation: string): Promise<number> {
    const rows: { count: string }[] = await this.database.query(
      `SELECT count(*) AS count FROM documents.blobs WHERE organisation = $1 AND state = 'recorded'`,
      [organisation],
    );
    return Number(rows[0]?.count ?? 0);
  }

  /** From now on the file may be missing. */
  async ending(organisation: string, blob: string): Promise<void> {
    await this.database.query(`UPDATE documents.blobs SET state = 'ending' WHERE organisation = $1 AND blob = $2`, [
      organisation,
      blob,
    ]);
  }

  async forget(organisation: string, blob: string): Promise<void> {
    await this.database.query(`DELETE FROM documents.blobs WHERE organisation = $1 AND blob = $2`, [
      organisation,
      blob,
    ]);
  }

  /** Takes the check that is due for this process; false where another has it, or it was made after `before`. */
  async claimCheck(organisation: string, before: Date, now: Date): Promise<boolean> {
    const rows: unknown[] = await this.database.query(
      `WITH claimed AS (
         INSERT INTO documents.checks AS last (organisation, checked_at) VALUES ($1, $3)
         ON CONFLICT (organisation) DO UPDATE SET checked_at = $3 WHERE last.checked_at <= $2
         RETURNING 1
       )
       SELECT * FROM claimed`,
      [organisation, before, now],
    );
    return rows.length > 0;
  }

  private async insert(organisation: string, row: BlobRow, at: Date): Promise<void> {
    const { blob, document, unit, fingerprint, length, digest, state } = row;
    await this.database.query(
      `INSERT INTO documents.blobs (organisation, ${columns}, written_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
      [organisation, blob, document, unit, fingerprint, length, digest, state, at],
    );
  }

  private async select(where: string, values: readonly unknown[]): Promise<BlobRow[]> {
    const rows: StoredRow[] = await this.database.query(`SELECT ${columns} FROM documents.blobs WHERE ${where}`, [
      ...values,
    ]);
    return rows.map((row) => ({ ...row, length: Number(row.length) }));
  }
}
