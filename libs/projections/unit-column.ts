import { Column, Index, PrimaryColumn } from 'typeorm';

const unitProperties = new Map<unknown, string>();

/**
 * The column that names the retention unit which a row's personal content came from (invariant 10): 32 hexadecimal
 * digits, never null, indexed because forgetting goes by it. With `primary`, part of the key: the way to keep two units
 * of one thing in two rows.
 */
export function UnitColumn({ primary = false } = {}): PropertyDecorator {
  return (target, property) => {
    unitProperties.set(target.constructor, String(property));
    const declare = primary ? PrimaryColumn({ type: 'text' }) : Column({ type: 'text' });
    declare(target, property);
    Index()(target, property);
  };
}

/** Name of the entity's unit property; undefined where the table holds nothing personal. */
export function unitPropertyOf(entity: unknown): string | undefined {
  return unitProperties.get(entity);
}
