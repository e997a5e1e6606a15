import type { AnyOpened } from '@ardoise/sealing';
import { type EntityClass, RowError, type RowOf, type RowWriter } from './projection';
import type { ReadTable, RowTexts } from './read-table';

/** The net effect of a batch on one row. */
export interface RowChange {
  kind: 'put' | 'patch' | 'remove';
  texts: RowTexts;
}

interface Asked extends RowChange {
  readonly table: ReadTable;
}

/**
 * The changes that one projection asks for in one batch, coalesced to one per row, so that what stands in the tables
 * afterwards is the same for any batch size (invariant 1). What the event under way asks for joins the batch only when
 * its handler has ended well.
 */
export class RowBatch implements RowWriter {
  readonly changes = new Map<ReadTable, Map<string, RowChange>>();
  private asked: Asked[] = [];
  private event: AnyOpened | undefined;

  constructor(private readonly tables: ReadonlyMap<EntityClass, ReadTable>) {}

  begin(event: AnyOpened): void {
    this.asked = [];
    this.event = event;
  }

  /** Takes what the event asked for into the batch. */
  accept(): void {
    for (const change of this.asked) this.merge(change);
    this.asked = [];
  }

  put<T extends object>(entity: EntityClass<T>, row: RowOf<T>): void {
    const table = this.table(entity);
    const texts = table.rowTexts(row);
    this.checkOrganisation(table, texts);
    this.checkUnit(table, texts);
    this.asked.push({ table, kind: 'put', texts });
  }

  patch<T extends object>(entity: EntityClass<T>, key: Partial<RowOf<T>>, changes: Partial<RowOf<T>>): void {
    const table = this.table(entity);
    const keyTexts = table.keyTexts(key);
    this.checkOrganisation(table, keyTexts);
    this.asked.push({ table, kind: 'patch', texts: table.patchTexts(keyTexts, changes) });
  }

  remove<T extends object>(entity: EntityClass<T>, key: Partial<RowOf<T>>): void {
    const table = this.table(entity);
    const texts = table.keyTexts(key);
    this.checkOrganisation(table, texts);
    this.asked.push({ table, kind: 'remove', texts });
  }

  /**
   * Rows put before their unit was fenced in the same batch vanish, and so does what stood under their key before: one
   * look at the end is enough, since no row of a fenced unit is put after the fence.
   */
  forget(units: ReadonlySet<string>): void {
    if (units.size === 0) return;
    for (const [table, changes] of this.changes) {
      if (table.unit < 0) continue;
      for (const change of changes.values()) {
        if (change.kind === 'put' && units.has(change.texts[table.unit] as string)) {
          change.kind = 'remove';
          change.texts = keyOnly(table, change.texts);
        }
      }
    }
  }

  private merge({ table, kind, texts }: Asked): void {
    let changes = this.changes.get(table);
    if (!changes) this.changes.set(table, (changes = new Map<string, RowChange>()));
    const key = table.keyOf(texts);
    const before = changes.get(key);
    if (kind !== 'patch' || !before) {
      changes.set(key, { kind, texts });
    } else if (before.kind !== 'remove') {
      // A patch of a row that the batch has removed finds no row.
      texts.forEach((text, index) => {
        if (text !== undefined) before.texts[index] = text;
      });
    }
  }

  private table(entity: EntityClass): ReadTable {
    const table = this.tables.get(entity);
    if (!table) throw new RowError('row-of-other-projection', `${entity.name} is not a table of this projection`);
    return table;
  }

  private checkOrganisation(table: ReadTable, texts: RowTexts): void {
    if (texts[table.organisation] !== this.event?.organisation) {
      throw new RowError('row-of-other-organisation', `${table.name}: the row is not of the event's organisation`);
    }
  }

  /** Invariant 10: content comes from a section that could be read; a row of any other unit would never be forgotten. */
  private checkUnit(table: ReadTable, texts: RowTexts): void {
    if (table.unit < 0) return;
    const unit = texts[table.unit];
    const opened = Object.values(this.event?.sections ?? {}).some((section) => section?.unit === unit);
    if (!opened) throw new RowError('row-of-other-unit', `${table.name}: the row names no unit of an opened section`);
  }
}

function keyOnly(table: ReadTable, texts: RowTexts): RowTexts {
  return texts.map((text, index) => (table.columns[index]?.key ? text : undefined));
}
