import { createServer, type RequestListener, type Server } from 'node:http';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { HttpFiles, openBundle } from './index';

describe('a ledger behind an address', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  const served = async (answer: RequestListener): Promise<string> => {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/organisations/mira/ledger`;
  };
  const opened = (url: string, more = {}): HttpFiles => new HttpFiles(url, { retryAfter: [1, 1], ...more });

  it('gives files below its address, and says of others that there are none', async () => {
    const asked: (string | undefined)[] = [];
    const url = await served((request, response) => {
      asked.push(request.url);
      if (request.url?.endsWith('/ledger.json')) response.end('{}');
      else response.writeHead(404).end('no');
    });
    const files = await openBundle(url);
    expect(await files.read('1/tile/0/x001/234.p/5', 8_192)).toBeUndefined();
    expect((await files.read('ledger.json', 10))?.toString()).toBe('{}');
    expect(asked[1]).toBe('/v1/organisations/mira/ledger/1/tile/0/x001/234.p/5');
    await expect(files.read('../../../persons', 10)).rejects.toMatchObject({ code: 'bundle-path-refused' });
    expect(asked).toHaveLength(3);
    await files.close();
  });

  it('asks again while the server is busy, and gives up', async () => {
    let failures = 2;
    const url = await served((_, response) => {
      if (failures > 0) response.writeHead(503).end();
      else response.end('{}');
      failures -= 1;
    });
    expect((await opened(url).read('ledger.json', 10))?.toString()).toBe('{}');
    failures = 3;
    await expect(opened(url).read('ledger.json', 10)).rejects.toMatchObject({ code: 'bundle-unreachable' });
    failures = 0;
    const refused = await served((_, response) => response.writeHead(403).end());
    await expect(opened(refused).read('ledger.json', 10)).rejects.toMatchObject({ code: 'bundle-unreachable' });
    await expect(opened('http://127.0.0.1:1/').read('ledger.json', 10)).rejects.toMatchObject({
      code: 'bundle-unreachable',
    });
  });

  it('takes no more than a file may have, whatever the server says of its length', async () => {
    const long = await served((_, response) => response.end('x'.repeat(11)));
    await expect(opened(long).read('ledger.json', 10)).rejects.toMatchObject({ code: 'bundle-file-too-large' });
    const endless = await served((_, response) => {
      const more = (): void => {
        if (response.write('x'.repeat(65_536))) setImmediate(more);
        else response.once('drain', more);
      };
      more();
    });
    await expect(opened(endless).read('1/tile/0/000', 2 ** 30)).rejects.toMatchObject({
      code: 'bundle-file-too-large',
    });
    const packed = await served((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(10_000_000))),
    );
    await expect(opened(packed).read('keys.json', 2 ** 30)).rejects.toMatchObject({ code: 'bundle-file-too-large' });
  });

  it('asks again for what broke off, but goes on with no stream that did', async () => {
    let whole = 0;
    const url = await served((_, response) => {
      whole += 1;
      response.writeHead(200, { 'content-length': '4' });
      if (whole % 3 === 0) response.end('abcd');
      else response.write('ab', () => response.destroy());
    });
    expect((await opened(url).read('ledger.json', 10))?.toString()).toBe('abcd');
    await expect(drained(opened(url).stream('units.ndjson'))).rejects.toMatchObject({ code: 'bundle-unreachable' });
  });

  it('gives up a server that says nothing', async () => {
    const url = await served(() => undefined);
    const files = opened(url, { timeoutMilliseconds: 20, retryAfter: [] });
    await expect(files.read('ledger.json', 10)).rejects.toMatchObject({ code: 'bundle-unreachable' });
    const interrupted = new AbortController();
    const read = opened(url, { signal: interrupted.signal }).read('ledger.json', 10);
    interrupted.abort();
    await expect(read).rejects.toMatchObject({ code: 'bundle-interrupted' });
  });

  it('follows to the same host, and to no other', async () => {
    const moved = await served((request, response) => {
      if (request.url?.endsWith('/moved')) response.end('{}');
      else response.writeHead(302, { location: '/moved' }).end();
    });
    expect((await opened(moved).read('ledger.json', 10))?.toString()).toBe('{}');
    const round = await served((request, response) => response.writeHead(302, { location: request.url }).end());
    await expect(opened(round).read('ledger.json', 10)).rejects.toMatchObject({ code: 'bundle-redirect-refused' });
    for (const location of ['http://example.org/x', '//example.org/x', 'file:///etc/passwd', '::', '']) {
      const other = await served((_, response) => response.writeHead(302, { location }).end());
      const read = opened(other).read('ledger.json', 10);
      // An empty one leads back to the same address.
      await expect(read).rejects.toMatchObject({ code: 'bundle-redirect-refused' });
    }
  });
});

describe('a ledger in a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ardoise-folder-'));
    await writeFile(join(folder, 'ledger.json'), '{}');
    await mkdir(join(folder, '1', 'tile', '0'), { recursive: true });
    await writeFile(join(folder, '1', 'tile', '0', '000'), Buffer.alloc(8_192));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('leaves alone what others put beside it, and refuses it among its own', async () => {
    await writeFile(join(folder, 'bundle.tar'), 'x');
    await mkdir(join(folder, 'notes'));
    const files = await openBundle(folder);
    expect(await files.list?.()).toEqual(['1/tile/0/000', 'ledger.json']);
    await writeFile(join(folder, '1', 'tile', '0', '000.bak'), 'x');
    await expect(files.list?.()).rejects.toMatchObject({ code: 'bundle-path-refused' });
  });

  it('follows no link, at any depth', async () => {
    const files = await openBundle(folder);
    await symlink(join(folder, 'ledger.json'), join(folder, 'keys.json'));
    await expect(files.read('keys.json', 10)).rejects.toMatchObject({ code: 'bundle-link-refused' });
    await expect(files.list?.()).rejects.toMatchObject({ code: 'bundle-link-refused' });
    await rm(join(folder, 'keys.json'));
    await symlink(join(folder, '1'), join(folder, '2'));
    await expect(files.read('2/tile/0/000', 8_192)).rejects.toMatchObject({ code: 'bundle-link-refused' });
    await expect(files.list?.()).rejects.toMatchObject({ code: 'bundle-link-refused' });
  });

  it('has regular files only, of bounded size', async () => {
    const files = await openBundle(folder);
    await mkdir(join(folder, 'keys.json'));
    await expect(files.read('keys.json', 10)).rejects.toMatchObject({ code: 'bundle-type-refused' });
    execFileSync('mkfifo', [join(folder, 'vocabulary.json')]);
    await expect(files.read('vocabulary.json', 10)).rejects.toMatchObject({ code: 'bundle-type-refused' });
    await writeFile(join(folder, '2'), 'x');
    await expect(files.read('2/checkpoint', 10)).rejects.toMatchObject({ code: 'bundle-type-refused' });
    await writeFile(join(folder, '1', 'tile', '0', '001'), Buffer.alloc(8_193));
    await expect(files.read('1/tile/0/001', 2 ** 30)).rejects.toMatchObject({ code: 'bundle-file-too-large' });
    await expect(files.read('1/tile/0/000', 10)).rejects.toMatchObject({ code: 'bundle-file-too-large' });
    expect(await files.read('1/tile/0/002', 10)).toBeUndefined();
    expect(await files.read('3/tile/0/002', 10)).toBeUndefined();
    await expect(openBundle(join(folder, '1'))).rejects.toMatchObject({ code: 'bundle-not-recognised' });
  });
});

async function drained(stream: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of stream) void piece;
}
