import { existsSync, readdirSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Test } from 'supertest';
import type { TestServer } from '../../../test/support/server';
import { RecordedBlobs } from '../process/recorded-blobs';

/** Hands documents in to a test's server, and looks at the files that it makes of them. */
export class HandingIn {
  constructor(private readonly server: TestServer) {}

  get folder(): string {
    return join(this.server.platform.config.dataFolder, 'blobs');
  }

  /** Paths of all files, half-written ones too. */
  files(): string[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  }

  pathOf(blob: string): string {
    return join(this.folder, 'mira', blob.slice(0, 2), blob);
  }

  /** The file of a document that is on record. */
  async fileOf(document: string): Promise<string> {
    const [row] = await this.server.app.get(RecordedBlobs, { strict: false }).ofDocument('mira', document);
    if (!row) throw new Error('there is no file on record');
    return this.pathOf(row.blob);
  }

  upload(person: string, content: string | Buffer, query = '', headers: Record<string, string> = {}): Test {
    return this.server
      .http()
      .post(`${at(person)}&name=passeport.txt${query}`)
      .set({ 'content-type': 'text/plain; charset=utf-8', prefer: 'wait=20', ...headers })
      .send(content);
  }

  /** Gives the document's id, when all that follows from it is done. */
  async recorded(person: string, content: string | Buffer): Promise<string> {
    const { body } = await this.upload(person, content).expect(201);
    await this.server.settled();
    return body.id;
  }

  /** An upload as it comes, without a length told before; resolves with the answer, be the upload over or not. */
  stream(person: string, content: Iterable<Buffer>): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/pdf' };
      const client = request(`${this.server.url}${at(person)}&name=scan.pdf`, { method: 'POST', headers }, resolve);
      pipeline(Readable.from(content), client).catch(reject);
    });
  }

  /** A figure of the metrics; 0 where there is none. */
  async metric(name: string): Promise<number> {
    const { text } = await this.server.http().get('/metrics').expect(200);
    const line = text.split('\n').find((one) => one.startsWith(`${name} `));
    return Number(line?.split(' ').at(-1) ?? 0);
  }
}

export async function answerOf<Body>(answer: IncomingMessage): Promise<Body> {
  return JSON.parse(Buffer.concat(await answer.toArray()).toString()) as Body;
}

function at(person: string): string {
  return `/v1/organisations/mira/persons/${person}/documents?kind=identity-document`;
}
