import type { FileName } from './files';

/** A row that was not taken. */
export interface RefusedRow {
  readonly file: FileName;
  /** From 1, the header's. */
  readonly line: number;
  /** Stable, kebab-case. */
  readonly reason: string;
  readonly detail: string;
}

export interface FileReport {
  readonly file: FileName;
  readonly rows: number;
  readonly taken: number;
  readonly refused: number;
  readonly reasons: { readonly [reason: string]: number };
}

/** A column that was not stored although its rows were taken. */
export interface RefusedColumn {
  readonly file: FileName;
  readonly column: string;
  readonly reason: string;
  /** Rows that had a value in it. */
  readonly values: number;
}

/** What became of every row. For each file, taken and refused add up to its rows. */
export interface ImportReport {
  readonly organisation: string;
  readonly rows: number;
  readonly taken: number;
  readonly refused: number;
  readonly files: readonly FileReport[];
  readonly columns: readonly RefusedColumn[];
  /** How many rows each of the decisions of docs/import-oulad.md concerned. */
  readonly decisions: { readonly [decision: string]: number };
  readonly milliseconds: number;
  /** Where every refused row stands, line by line. */
  readonly reportFile: string;
}

interface Count {
  rows: number;
  taken: number;
  readonly reasons: Map<string, number>;
}

/** Accounts for rows while they are read and recorded. */
export class Accounts {
  readonly refusedRows: RefusedRow[] = [];
  private readonly counts = new Map<FileName, Count>();
  private readonly columns = new Map<string, RefusedColumn>();
  private readonly decided = new Map<string, number>();

  read(file: FileName): void {
    this.of(file).rows++;
  }

  take(file: FileName): void {
    this.of(file).taken++;
  }

  refuse(file: FileName, line: number, reason: string, detail: string): void {
    const { reasons } = this.of(file);
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    this.refusedRows.push({ file, line, reason, detail });
  }

  refuseColumn(file: FileName, column: string, reason: string): void {
    const known = this.columns.get(`${file}/${column}`);
    this.columns.set(`${file}/${column}`, { file, column, reason, values: (known?.values ?? 0) + 1 });
  }

  decide(decision: string): void {
    this.decided.set(decision, (this.decided.get(decision) ?? 0) + 1);
  }

  /** Rows of which it is known what became of them. */
  settled(): number {
    let settled = this.refusedRows.length;
    for (const { taken } of this.counts.values()) settled += taken;
    return settled;
  }

  rows(): number {
    let rows = 0;
    for (const count of this.counts.values()) rows += count.rows;
    return rows;
  }

  report(known: Pick<ImportReport, 'organisation' | 'milliseconds' | 'reportFile'>): ImportReport {
    const files = [...this.counts].map(([file, { rows, taken, reasons }]) => ({
      file,
      rows,
      taken,
      refused: sum(reasons.values()),
      reasons: sorted(reasons),
    }));
    return {
      organisation: known.organisation,
      rows: sum(files.map(({ rows }) => rows)),
      taken: sum(files.map(({ taken }) => taken)),
      refused: sum(files.map(({ refused }) => refused)),
      files,
      columns: [...this.columns.values()],
      decisions: sorted(this.decided),
      milliseconds: known.milliseconds,
      reportFile: known.reportFile,
    };
  }

  private of(file: FileName): Count {
    const known = this.counts.get(file) ?? { rows: 0, taken: 0, reasons: new Map<string, number>() };
    this.counts.set(file, known);
    return known;
  }
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

function sorted(counts: ReadonlyMap<string, number>): { [name: string]: number } {
  return Object.fromEntries([...counts].sort(([one], [other]) => (one < other ? -1 : 1)));
}
