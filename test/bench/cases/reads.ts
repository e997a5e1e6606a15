import { openArdoise } from '../contestants/ardoise';
import { openCastore } from '../contestants/castore';
import { openEmmett } from '../contestants/emmett';
import { openMessageDb } from '../contestants/message-db';
import { readingLog, readingStreams, type Subject } from '../contestants/subject';
import { compare, ratios } from '../rounds';
import type { Bench, CaseResult } from '../case';
import type { BenchStream } from '../payload';

const eventsOfStream = 100;
const streamCount = 200;

interface Filled {
  readonly subject: Subject;
  readonly streams: readonly BenchStream[];
}

/** A stream of a hundred events, and all that there is, page by page: contents in clear, as a caller gets them. */
export async function reads(bench: Bench): Promise<CaseResult[]> {
  const { server, options, say } = bench;
  const subjects = [
    await openArdoise(await server.database('ardoise_reads'), server.folder),
    await openEmmett(await server.database('emmett_reads')),
    await openMessageDb(await server.database('message_db_reads')),
    await openCastore(await server.database('castore_reads')),
  ];
  try {
    const filled: Filled[] = [];
    for (const subject of subjects) {
      filled.push({ subject, streams: await subject.streams(streamCount, eventsOfStream) });
    }
    const measured = { ...options, backend: server.backend, say };
    const peers = subjects.slice(1);
    const beside = (among: readonly Subject[]) =>
      among.map(({ name }) => ({ what: `Ardoise to ${name}`, of: 'Ardoise', to: name }));
    const streams = await compare(
      filled.map((one) => readingStreams(one.subject, one.streams)),
      measured,
    );
    const ordered = subjects.filter((subject) => 'readLog' in subject);
    const log = await compare(ordered.map(readingLog), measured);
    return [
      {
        name: 'streams',
        title: 'Reading a stream of a hundred events',
        about:
          'One caller, one stream after the other, contents in clear. Ardoise decrypts every section and checks it ' +
          'against its digest and its commitment; its keys are in memory.',
        unit: 'events/s',
        standings: streams,
        ratios: ratios(streams, beside(peers)),
        figures: [],
      },
      {
        name: 'log',
        title: 'Reading the whole log',
        about: `${streamCount * eventsOfStream} events of all streams in their order, in pages of 1,000, contents in clear.`,
        unit: 'events/s',
        standings: log,
        ratios: ratios(log, beside(ordered.slice(1))),
        figures: [],
      },
    ];
  } finally {
    await Promise.all(subjects.map((one) => one.close()));
  }
}
