export {
  EventStoreDBEventStore,
  type EventStoreDBEventStoreOptions,
  type EventStoreDBStanding,
} from './eventstoredb-event-store';
export { EventStoreRefusedError, LogTamperedError, PositionUnknownError } from './errors';
