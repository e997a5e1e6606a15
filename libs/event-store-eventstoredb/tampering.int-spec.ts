import { binaryEvent, EventStoreDBClient } from '@eventstore/db-client';
import { LogTamperedError, MalformedAppendError, PositionUnknownError, type StoredEvent } from '@ardoise/event-store';
import { newAppend, newEvent, newOrganisation, newStream, readAll } from '../event-store/contract';
import { EventStoreDBEventStore } from './eventstoredb-event-store';
import { onEventStoreDB } from './spec-support/on-eventstoredb';

/** What others do to streams of ours, by the engine's own commands. */
onEventStoreDB('The log on EventStoreDB', (url) => {
  let store: EventStoreDBEventStore;
  let client: EventStoreDBClient;
  const opened: EventStoreDBEventStore[] = [];
  const open = () => {
    const another = new EventStoreDBEventStore({ connectionString: url });
    opened.push(another);
    return another;
  };

  beforeAll(() => {
    store = open();
    client = EventStoreDBClient.connectionString(url);
  });
  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await client.dispose();
  });

  const tampered = (reason: RegExp) =>
    expect.objectContaining({ code: 'log-tampered', message: expect.stringMatching(reason) as unknown });

  describe.each([
    ['$maxCount', { maxCount: 1 }],
    ['$maxAge', { maxAge: 1 }],
    ['$tb', { truncateBefore: 2 }],
  ])('a stream with %s', (name, settings) => {
    it('is tampered with for whoever reads the log, follows it, reads the stream or appends to it', async () => {
      const append = newAppend({ events: [newEvent(), newEvent(), newEvent()] });
      const { organisation, stream } = append;
      await store.append(append);
      await client.setStreamMetadata(`${organisation}.${stream}`, settings);
      const wrong = tampered(new RegExp(`\\${name} is set`));
      await expect(store.readLog(organisation, 0n, 10)).rejects.toEqual(wrong);
      const follow = store.subscribe({ organisation, after: 0n })[Symbol.asyncIterator]();
      await expect(follow.next()).rejects.toEqual(wrong);
      if (name === '$maxAge') return;
      await expect(open().readStream(organisation, stream)).rejects.toEqual(tampered(/event 0 is not there/));
      const next = newAppend({ organisation, stream, expectedVersion: 3 });
      await expect(open().append(next)).rejects.toEqual(tampered(/event 0 is not there/));
    });

    it('is read again once its settings are put right', async () => {
      const append = newAppend();
      const name = `${append.organisation}.${append.stream}`;
      await store.append(append);
      await client.setStreamMetadata(name, settings);
      await client.setStreamMetadata(name, {});
      expect(await store.readLog(append.organisation, 0n, 10)).toHaveLength(1);
    });
  });

  it('reports settings that appear while somebody follows', async () => {
    const append = newAppend();
    const { organisation, stream } = append;
    await store.append(append);
    const follow = store.subscribe({ organisation, after: 0n })[Symbol.asyncIterator]();
    await follow.next();
    const next = follow.next();
    await client.setStreamMetadata(`${organisation}.${stream}`, { maxCount: 1 });
    await expect(next).rejects.toBeInstanceOf(LogTamperedError);
  });

  it.each(['deleteStream', 'tombstoneStream'] as const)('does not take a stream for new after %s', async (remove) => {
    const append = newAppend();
    const { organisation, stream } = append;
    await store.append(append);
    await client[remove](`${organisation}.${stream}`);
    for (const one of [store, open()]) {
      await expect(one.readStream(organisation, stream)).rejects.toBeInstanceOf(LogTamperedError);
      await expect(one.readLog(organisation, 0n, 10)).rejects.toBeInstanceOf(LogTamperedError);
    }
    const again = newAppend({ organisation, stream });
    await expect(open().append(again)).rejects.toBeInstanceOf(LogTamperedError);
  });

  it('refuses an event of another make in a stream of ours, and leaves other streams alone', async () => {
    const append = newAppend();
    const { organisation, stream } = append;
    await store.append(append);
    const foreign = () => binaryEvent({ type: 'else', data: new Uint8Array() });
    await client.appendToStream(`${organisation}.else`, foreign());
    expect(await store.readLog(organisation, 0n, 10)).toHaveLength(1);
    await client.appendToStream(`${organisation}.${stream}`, foreign());
    await expect(store.readLog(organisation, 0n, 10)).rejects.toEqual(tampered(/event 1 is of another make/));
    await expect(store.readStream(organisation, stream)).rejects.toEqual(tampered(/event 1 is of another make/));
  });

  it('refuses bytes that are no record', async () => {
    const append = newAppend();
    const { organisation, stream } = append;
    await store.append(append);
    const type = 'ardoise-event-1';
    for (const data of [Buffer.alloc(36), Buffer.alloc(20), Buffer.alloc(40, 1)]) {
      const name = newStream();
      await client.appendToStream(`${organisation}.${name}`, binaryEvent({ type, data: new Uint8Array(data) }));
      await expect(store.readStream(organisation, name)).rejects.toEqual(tampered(/no command, header and sections/));
    }
    expect(await store.readStream(organisation, stream)).toHaveLength(1);
  });

  it('reads an event itself after one less than its position, and names a position of another log', async () => {
    const organisation = newOrganisation();
    await store.append(newAppend({ organisation, events: [newEvent(), newEvent(), newEvent()] }));
    await store.append(newAppend({ organisation }));
    const log = await readAll(store, organisation);
    for (const event of log) {
      expect(await store.readLog(organisation, event.position - 1n, 1)).toEqual([event]);
      const follow = store.subscribe({ organisation, after: event.position - 1n, batchSize: 1 });
      for await (const events of follow) {
        expect(events).toEqual([event]);
        break;
      }
    }
    const amiss = log[1]!.position + 20n;
    await expect(store.readLog(organisation, amiss, 10)).rejects.toBeInstanceOf(PositionUnknownError);
  });

  it('knows where an organisation ends that rests while others write', async () => {
    const [resting, busy] = [newOrganisation(), newOrganisation()];
    await store.append(newAppend({ organisation: resting }));
    const [last] = await readAll(store, resting);
    for (let round = 0; round < 3; round++) {
      await store.append(newAppend({ organisation: busy, events: Array.from({ length: 50 }, () => newEvent()) }));
      for (const one of [store, open()]) {
        expect(await one.head(resting)).toBe(last!.position);
        expect(await one.readLog(resting, last!.position, 10)).toEqual([]);
      }
    }
    const other = open();
    const next = await other.append(newAppend({ organisation: resting }));
    expect(await store.head(resting)).toBe((next as { position: bigint }).position);
    const found: StoredEvent[] = await store.readLog(resting, last!.position, 10);
    expect(found).toHaveLength(1);
  });

  it('says what the engine takes at once', async () => {
    const large = newAppend({
      events: Array.from({ length: 20 }, () => newEvent({ sections: Buffer.alloc(917_504) })),
    });
    await expect(store.append(large)).rejects.toThrow(MalformedAppendError);
    await expect(store.append(large)).rejects.toThrow(/MaxAppendSize/);
  });
});
