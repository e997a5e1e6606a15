export {
  EventStoreDBEventStore,
  type EventStoreDBEventStoreOptions,
  type EventStoreDBStanding,
} from './eventstoredb-event-store';
