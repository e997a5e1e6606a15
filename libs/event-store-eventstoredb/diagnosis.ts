import { parseConnectionString } from '@eventstore/db-client/dist/Client/parseConnectionString';
import { readFileSync } from 'node:fs';
import { connect as connectPlainly } from 'node:net';
import { resolve } from 'node:path';
import { connect as connectSecurely } from 'node:tls';

/** Longest time, in milliseconds, that a node may take to be reached. */
const patience = 3_000;

/** Codes of TLS and of Node (https://nodejs.org/api/tls.html, X509 certificate error codes) that an operator meets. */
const meanings: readonly (readonly [RegExp, string])[] = [
  [/^(ENOTFOUND|EAI_)/, 'this name is not known'],
  [/^ECONNREFUSED$/, 'nobody listens there'],
  [/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/, 'it cannot be reached from here'],
  [
    /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_UNTRUSTED)/,
    "its certificate is of an authority that is not trusted here; tlsCAFile takes that authority's certificate",
  ],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'its certificate is for other names than this one'],
  [/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/, 'its certificate is not valid today'],
  [/^(EPROTO|ERR_SSL_)/, 'it does not speak TLS; an insecure node takes tls=false'],
];

/**
 * What an operator can do about nodes that do not serve: one line for each node of a connection string, made by reaching for
 * it. No line holds a name of a user or a password.
 */
export async function diagnose(connectionString: string): Promise<string> {
  const { hosts, tls = true, tlsCAFile } = parseConnectionString(connectionString);
  const authorities = tlsCAFile === undefined ? undefined : readFileSync(resolve(tlsCAFile));
  const lines = await Promise.all(
    hosts.map(async ({ address, port }) => {
      const trouble = await troubleWith(address, port, tls, authorities);
      return `${address}:${port}: ${trouble ?? 'it answers, and knows no leader; more than half of the nodes must run'}`;
    }),
  );
  return lines.join('; ');
}

async function troubleWith(host: string, port: number, tls: boolean, ca?: Buffer): Promise<string | undefined> {
  const code = await reach(host, port, tls ? { ca } : undefined);
  if (code !== undefined) return meanings.find(([known]) => known.test(code))?.[1] ?? `it cannot be reached (${code})`;
  const speaksTls = !tls && (await reach(host, port, { rejectUnauthorized: false })) === undefined;
  return speaksTls ? 'it speaks TLS, and the connection string says tls=false' : undefined;
}

/** The code of what went wrong, or undefined for what did not. */
function reach(
  host: string,
  port: number,
  tls?: { ca?: Buffer; rejectUnauthorized?: boolean },
): Promise<string | undefined> {
  return new Promise((done) => {
    const name = /^[\d.]+$/.test(host) ? {} : { servername: host };
    const socket = tls
      ? connectSecurely({ host, port, ...name, ...tls, ALPNProtocols: ['h2'] })
      : connectPlainly({ host, port });
    const end = (code?: string): void => {
      socket.destroy();
      done(code);
    };
    socket.setTimeout(patience, () => end('ETIMEDOUT'));
    socket.once(tls ? 'secureConnect' : 'connect', () => end());
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.name));
    socket.once('close', () => end('ECONNRESET'));
  });
}
