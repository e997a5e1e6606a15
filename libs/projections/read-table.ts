import type { DataSource, EntityMetadata } from 'typeorm';
import { columnText, columnTypes, type ColumnType } from './column-value';
import { type EntityClass, ProjectionSetupError, RowError } from './projection';
import { unitPropertyOf } from './unit-column';

export const liveSchema = 'read';
export const shadowSchema = 'read_rebuild';

export interface ReadColumn {
  readonly property: string;
  /** In the database, quoted where it is put into SQL. */
  readonly name: string;
  readonly type: ColumnType;
  readonly key: boolean;
  readonly nullable: boolean;
  /** Text of the declared default, for a row that leaves the column out. */
  readonly fallback: string | null;
}

/** Texts of a row in the order of the table's columns; undefined where a patch or a key leaves the column alone. */
export type RowTexts = (string | null | undefined)[];

/** A registered read-model table, as TypeORM's metadata describes it. */
export class ReadTable {
  readonly columns: readonly ReadColumn[];
  readonly keys: readonly number[];
  /** Index of the unit column; -1 where the table holds nothing personal. */
  readonly unit: number;
  readonly organisation: number;
  private readonly byProperty: ReadonlyMap<string, number>;

  private constructor(
    readonly entity: EntityClass,
    readonly name: string,
    columns: readonly ReadColumn[],
  ) {
    this.columns = columns;
    this.keys = columns.flatMap((column, index) => (column.key ? [index] : []));
    this.byProperty = new Map(columns.map((column, index) => [column.property, index]));
    this.organisation = columns.findIndex((column) => column.name === 'organisation' && column.key);
    const unit = unitPropertyOf(entity);
    this.unit = unit === undefined ? -1 : (this.byProperty.get(unit) ?? -1);
    if (this.organisation < 0) throw setupError(name, 'has no primary column "organisation"');
    if (this.unit >= 0 && columns[this.unit]?.nullable) throw setupError(name, 'has a unit column that may be null');
  }

  /** @throws ProjectionSetupError for an entity that is not known, or not as read models must be. */
  static of(dataSource: DataSource, entity: EntityClass): ReadTable {
    if (!dataSource.hasMetadata(entity)) throw setupError(entity.name, 'is not an entity of the data source');
    const metadata = dataSource.getMetadata(entity);
    if (metadata.schema !== liveSchema) throw setupError(metadata.tableName, `is not in the schema "${liveSchema}"`);
    return new ReadTable(entity, metadata.tableName, columnsOf(dataSource, metadata));
  }

  /** @throws RowError when the row is not whole. */
  rowTexts(row: { readonly [property: string]: unknown }): RowTexts {
    const texts = this.texts(row);
    this.columns.forEach((column, index) => {
      const text = texts[index] ?? column.fallback;
      if (text === null && !column.nullable) {
        throw new RowError('row-incomplete', `${this.name}.${column.name} must have a value`);
      }
      texts[index] = text;
    });
    return texts;
  }

  /** @throws RowError when a part of the key is missing, or something else is given. */
  keyTexts(key: { readonly [property: string]: unknown }): RowTexts {
    const texts = this.texts(key);
    texts.forEach((text, index) => {
      const { key: isKey, name } = this.columns[index] as ReadColumn;
      if (isKey && typeof text !== 'string')
        throw new RowError('row-key-missing', `${this.name}.${name} is of the key`);
      if (!isKey && text !== undefined)
        throw new RowError('row-column-fixed', `${this.name}.${name} is not of the key`);
    });
    return texts;
  }

  /** Adds changes to a key. @throws RowError when they touch key or unit. */
  patchTexts(key: RowTexts, changes: { readonly [property: string]: unknown }): RowTexts {
    const texts = this.texts(changes);
    return texts.map((text, index) => {
      const { key: isKey, name, nullable } = this.columns[index] as ReadColumn;
      if (text !== undefined && (isKey || index === this.unit)) {
        throw new RowError('row-column-fixed', `${this.name}.${name} cannot be changed`);
      }
      if (text === null && !nullable) throw new RowError('row-incomplete', `${this.name}.${name} must have a value`);
      return isKey ? key[index] : text;
    });
  }

  /** One text per key: the parts' texts, which hold no NUL. */
  keyOf(texts: RowTexts): string {
    return this.keys.map((index) => texts[index]).join('\0');
  }

  private texts(values: { readonly [property: string]: unknown }): RowTexts {
    const texts: RowTexts = new Array<undefined>(this.columns.length).fill(undefined);
    for (const property in values) {
      const value = values[property];
      if (value === undefined) continue;
      const index = this.byProperty.get(property);
      if (index === undefined) throw new RowError('row-column-unknown', `${this.name} has no property "${property}"`);
      const { type, name } = this.columns[index] as ReadColumn;
      texts[index] = columnText(type, value, `${this.name}.${name}`);
    }
    return texts;
  }
}

function columnsOf(dataSource: DataSource, metadata: EntityMetadata): ReadColumn[] {
  return metadata.columns.map((column) => {
    const type = dataSource.driver.normalizeType(column) + (column.isArray ? '[]' : '');
    if (!columnTypes.includes(type as ColumnType)) {
      throw setupError(metadata.tableName, `has a column of type "${type}" (${column.databaseName})`);
    }
    const { default: fallback } = column as { default: unknown };
    const literal = typeof fallback === 'number' || typeof fallback === 'boolean' || typeof fallback === 'string';
    return {
      property: column.propertyName,
      name: column.databaseName,
      type: type as ColumnType,
      key: column.isPrimary,
      nullable: column.isNullable,
      fallback: literal ? String(fallback) : null,
    };
  });
}

function setupError(table: string, what: string): ProjectionSetupError {
  return new ProjectionSetupError(`the read model ${table} ${what}`);
}

/** An identifier in SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
