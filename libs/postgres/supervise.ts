import { startEmbedded } from './embedded';
import { createClient } from './pool';

const lookMilliseconds = 2_000;

/**
 * Starts the embedded PostgreSQL again when it has gone away without being asked to (killed, out of memory), on the
 * port that everybody knows. Gives what ends the watch.
 */
export function supervise(options: {
  dataFolder: string;
  url: string;
  log: (message: string) => void;
}): () => Promise<void> {
  const { dataFolder, url, log } = options;
  const port = Number(new URL(url).port);
  let looking: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    if (await answers(url)) return;
    log('PostgreSQL does not answer; starting it again');
    await startEmbedded({ dataFolder, port, log }).catch((error: unknown) => {
      log(`PostgreSQL could not be started: ${error instanceof Error ? error.message : String(error)}`);
    });
  };
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    looking = look().finally(() => (busy = false));
  }, lookMilliseconds);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await looking;
  };
}

/** A server that is there but slow or full is left alone: only one that cannot be reached at all is started. */
async function answers(url: string): Promise<boolean> {
  const client = createClient(url, { applicationName: 'ardoise watch' });
  try {
    await client.connect();
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== 'ECONNREFUSED';
  } finally {
    await client.end().catch(() => undefined);
  }
}
