import type { AnyOpened } from '@ardoise/sealing';
import type { CategoryDay, Forgotten, SectionEnd } from './forgetting';
import { type EntityClass, RowError, type RowOf, type RowWriter } from './projection';
import type { ReadTable, RowTexts } from './read-table';

/** The net effect of a batch on one row. */
export interface RowChange {
  kind: 'put' | 'patch' | 'remove';
  texts: RowTexts;
}

interface Asked extends RowChange {
  readonly table: ReadTable;
  /** The section that a put row came from; absent where the table holds nothing personal. */
  readonly from?: SectionEnd;
}

/**
 * The changes that one projection asks for in one batch, coalesced to one per row, so that what stands in the tables
 * afterwards is the same for any batch size (invariant 1). What the event under way asks for joins the batch only when
 * its handler has ended well; a batch whose handler failed is done with.
 */
export class RowBatch implements RowWriter {
  readonly changes = new Map<ReadTable, Map<string, RowChange>>();
  /** The units of a day that rows were put from. */
  readonly dayUnits = new Map<string, CategoryDay>();
  private asked: Asked[] = [];
  private event: AnyOpened | undefined;

  constructor(private readonly tables: ReadonlyMap<EntityClass, ReadTable>) {}

  begin(event: AnyOpened): void {
    this.event = event;
  }

  /** Takes what the event asked for into the batch, or what all those did that one stored event was split into. */
  accept(): void {
    for (const change of this.asked) this.merge(change);
    this.asked = [];
  }

  put<T extends object>(entity: EntityClass<T>, row: RowOf<T>): void {
    const table = this.table(entity);
    const texts = table.rowTexts(row);
    this.checkOrganisation(table, texts);
    const from = this.sectionOf(table, texts);
    this.asked.push({ table, kind: 'put', texts, ...(from ? { from } : {}) });
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
   * Rows put before their unit ended in the same batch vanish, and so does what stood under their key before: one look
   * at the end is enough, since no row of an ended unit is put after its end. Of an ended organisation nothing is left.
   */
  forget(forgotten: Forgotten): void {
    if (forgotten.isEmpty) return;
    if (forgotten.everything) this.changes.clear();
    for (const [table, changes] of this.changes) {
      if (table.unit < 0) continue;
      for (const change of changes.values()) {
        const unit = change.texts[table.unit] as string;
        if (change.kind === 'put' && forgotten.has({ unit, category: '', ...this.dayUnits.get(unit) })) {
          change.kind = 'remove';
          change.texts = keyOnly(table, change.texts);
        }
      }
    }
    for (const [unit, day] of this.dayUnits) if (forgotten.has({ unit, ...day })) this.dayUnits.delete(unit);
  }

  private merge({ table, kind, texts, from }: Asked): void {
    if (from?.day !== undefined) this.dayUnits.set(from.unit, { category: from.category, day: from.day });
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
  private sectionOf(table: ReadTable, texts: RowTexts): SectionEnd | undefined {
    if (table.unit < 0) return undefined;
    const unit = texts[table.unit];
    const opened = Object.values(this.event?.sections ?? {}).find((section) => section?.unit === unit);
    if (!opened) throw new RowError('row-of-other-unit', `${table.name}: the row names no unit of an opened section`);
    return opened;
  }
}

function keyOnly(table: ReadTable, texts: RowTexts): RowTexts {
  return texts.map((text, index) => (table.columns[index]?.key ? text : undefined));
}
