export * from './event-store';
export * from './checked-append';
export * from './event-at';
export * from './heads';
export { type EngineName, moveEngine, readEngine, rememberEngine } from './engine.sql';
export { eventStoreMigrations } from './migrations';
export { PostgresEventStore, type PostgresEventStoreOptions } from './postgres-event-store';
export * from './movable-log';
export { PostgresMovableLog, type PostgresMovableLogOptions } from './postgres-movable-log';
