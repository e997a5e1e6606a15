import { ensureCluster, writeSettings } from './cluster';
import { Owner, withFolderLock } from './owner';
import { findPlace, Place } from './place';
import { ensureDatabase, livingPort, ownerUrl, startServer, stopServer } from './postmaster';

/** A running PostgreSQL of our own. */
export interface EmbeddedPostgres {
  /** Connection URL of the database `ardoise` for its owner, a superuser. Holds the password: never logged. */
  readonly url: string;
  /** Whether it was already running, started by another process or before a crash of ours. */
  readonly attached: boolean;
  /** Stops the server, unless it belongs to another process that lives. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** The cluster; files beside it (`postgres.password`, `postgres.owner`, `postgres.lock`) belong to it. */
  readonly dataFolder: string;
  /** Default: any free one. */
  readonly port?: number;
  readonly log: (message: string) => void;
  /** Server settings that differ from ours, as they stand in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

const database = 'ardoise';

/**
 * Starts the PostgreSQL that ships with us, or attaches to the one that already runs on that folder. It listens on the
 * loopback interface only, asks for a password, and outlives a kill of this process.
 * @throws Error with what the server said, when it does not start.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const place = findPlace(options.dataFolder, options.log);
  const owner = new Owner(place.owner);
  return withFolderLock(place.lock, async () => {
    const living = await livingPort(place);
    const attached = living !== undefined;
    if (!attached || owner.isOursToStop()) owner.take();
    const port = living ?? (await start(place, options));
    await ensureDatabase(place, port, database);
    options.log(`PostgreSQL ${place.binaries.version} ${attached ? 'runs' : 'started'} on 127.0.0.1:${port}`);
    return { url: ownerUrl(place, port, database), attached, stop: () => stop(place, owner) };
  });
}

async function start(place: Place, options: EmbeddedOptions): Promise<number> {
  await ensureCluster(place);
  writeSettings(place, options.settings ?? {});
  return startServer(place, options.port);
}

function stop(place: Place, owner: Owner): Promise<void> {
  return withFolderLock(place.lock, async () => {
    if (!owner.isOursToStop()) return;
    await stopServer(place);
    owner.release();
  });
}
