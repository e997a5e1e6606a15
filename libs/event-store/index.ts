export * from './event-store';
export * from './checked-append';
export { eventStoreMigrations } from './migrations';
export { PostgresEventStore, type PostgresEventStoreOptions } from './postgres-event-store';
