import { EventStoreDBClient } from '@eventstore/db-client';
import { parseConnectionString } from '@eventstore/db-client/dist/Client/parseConnectionString';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { deliveredUntil, newAppend, newOrganisation, readAll } from '../event-store/contract';
import { EventStoreDBEventStore } from './eventstoredb-event-store';
import { onEventStoreDB } from './spec-support/on-eventstoredb';

const allRights = { readRoles: ['$admins'] };

/** Nodes with TLS and users; EVENTSTORE_URL must have an administrator of theirs, and tlsCAFile. */
onEventStoreDB('An EventStoreDB with TLS and users', (url) => {
  const { tls = true, hosts, tlsCAFile = '', defaultCredentials } = parseConnectionString(url);
  const secured = tls ? it : it.skip;
  const user = `ardoise-${randomBytes(4).toString('hex')}`;
  const password = `secret:/${randomBytes(8).toString('hex')}`;
  const as = (name: string, word: string): string =>
    url.replace(/\/\/.*@/, `//${encodeURIComponent(name)}:${encodeURIComponent(word)}@`);
  let stores: EventStoreDBEventStore[] = [];
  const open = (connectionString: string): EventStoreDBEventStore => {
    const store = new EventStoreDBEventStore({ connectionString });
    stores.push(store);
    return store;
  };

  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    stores = [];
  });

  const refused = (code: string, message: RegExp) =>
    expect.objectContaining({
      code,
      message: expect.stringMatching(new RegExp(`^(?!.*${password.slice(0, 6)}).*${message.source}`)) as unknown,
    });

  secured('refuses a wrong password by name', async () => {
    const store = open(as('admin', password));
    await expect(store.mustServe()).rejects.toEqual(
      refused('event-store-refused', /does not know the user or the password of EVENTSTORE_URL/),
    );
  });

  secured('is told of an authority that is not known here', async () => {
    const store = open(as('admin', password).replace(/[?&]tlsCAFile=[^&]*/, ''));
    await expect(store.mustServe()).rejects.toEqual(
      refused('event-store-unavailable', /authority that is not trusted here; tlsCAFile takes/),
    );
  });

  secured('is told of tls=false', async () => {
    const nodes = hosts.map(({ address, port }) => `${address}:${port}`).join(',');
    await expect(open(`esdb://${nodes}?tls=false`).mustServe()).rejects.toEqual(
      refused('event-store-unavailable', /it speaks TLS, and the connection string says tls=false/),
    );
  });

  secured('serves a user that has no right but to read $all', async () => {
    await createUser();
    const client = EventStoreDBClient.connectionString(url);
    try {
      await expect(open(as(user, password)).mustServe()).rejects.toEqual(
        refused('event-store-refused', /refuses the user of EVENTSTORE_URL.*rights to read \$all/),
      );
      await client.setStreamMetadata('$all', { acl: { readRoles: ['$admins', user] } });
      const store = open(as(user, password));
      await store.mustServe();
      const organisation = newOrganisation();
      const append = newAppend({ organisation });
      await store.append(append);
      await store.append(newAppend({ organisation, stream: append.stream, expectedVersion: 1 }));
      expect(await readAll(store, organisation)).toHaveLength(2);
      expect(await deliveredUntil(store, organisation, (events) => events.length === 2)).toHaveLength(2);
      expect(await store.readStream(organisation, newAppend().stream)).toEqual([]);
    } finally {
      await client.setStreamMetadata('$all', { acl: allRights });
      await client.dispose();
    }
  });

  /** By the engine's HTTP API, at whichever node takes it: the leader. */
  async function createUser(): Promise<void> {
    const body = JSON.stringify({ loginName: user, fullName: user, groups: [], password });
    const { username, password: word } = defaultCredentials!;
    const answers = await Promise.all(
      hosts.map(
        ({ address: host, port }) =>
          new Promise<number | undefined>((resolve, reject) => {
            const headers = { 'content-type': 'application/json' };
            const options = { host, port, path: '/users/', method: 'POST', auth: `${username}:${word}`, headers };
            request({ ...options, ca: readFileSync(tlsCAFile) }, (response) => {
              response.resume();
              resolve(response.statusCode);
            })
              .on('error', reject)
              .end(body);
          }),
      ),
    );
    expect(answers).toContain(201);
  }
});
