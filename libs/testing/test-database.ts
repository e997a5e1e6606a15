import { randomBytes } from 'node:crypto';
import { createClient } from '@ardoise/postgres';

/** A database of a spec file's own. */
export interface TestDatabase {
  /** Connection URL of its owner, a superuser. */
  readonly url: string;
  /** Ends every connection to it and deletes it. */
  readonly drop: () => Promise<void>;
}

/** Makes an empty database on the run's server (`ARDOISE_TEST_DATABASE`, set by the global setup). */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env.ARDOISE_TEST_DATABASE;
  if (!server) throw new Error('ARDOISE_TEST_DATABASE is not set: this test belongs to a project with a global setup');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(server, `CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function administer(server: string, statement: string): Promise<void> {
  const client = createClient(server, { applicationName: 'ardoise tests' });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
