export * from './event-store';
export * from './checked-append';
export { eventStoreMigrations } from './migrations';
export { PostgresEventStore, type PostgresEventStoreOptions } from './postgres-event-store';
export * from './movable-log';
export { PostgresMovableLog, type PostgresMovableLogOptions } from './postgres-movable-log';
