import { openArdoise } from '../contestants/ardoise';
import { openBareTable } from '../contestants/bare-inserts';
import { openCastore } from '../contestants/castore';
import { openEmmett } from '../contestants/emmett';
import { openMessageDb } from '../contestants/message-db';
import { appending, callersText, type Subject } from '../contestants/subject';
import { compare, ratios, type Contestant, type Goal } from '../rounds';
import type { Bench, CaseResult } from '../case';

const callerCounts = [1, 4, 16, 64];
const streamCount = 64;
const batch = 100;

const single = (rows: number): string => `INSERT of ${rows === 1 ? '1 row' : `${rows} rows`}, 1 caller`;

const singleGoals: readonly Goal[] = [
  { what: 'Ardoise to Emmett, 16 callers', of: 'Ardoise, 16 callers', to: 'Emmett, 16 callers', atLeast: 5 },
  ...[1, 4, 64].map((count) => goalBeside('Emmett', count)),
  ...callerCounts.map((count) => goalBeside('Message DB', count)),
  ...callerCounts.map((count) => goalBeside('Castore', count)),
  { what: 'Ardoise, 16 callers, to a bare INSERT of 16 rows', of: 'Ardoise, 16 callers', to: single(16), atLeast: 0.6 },
  { what: 'Ardoise, one caller, to a bare INSERT of one row', of: 'Ardoise, 1 caller', to: single(1) },
];

const batchGoals: readonly Goal[] = [
  { what: 'Ardoise to Emmett', of: 'Ardoise, 1 caller', to: 'Emmett, 1 caller' },
  { what: 'Ardoise to Message DB', of: 'Ardoise, 1 caller', to: 'Message DB, 1 caller' },
  { what: 'Ardoise to Castore', of: 'Ardoise, 1 caller', to: 'Castore, 1 caller' },
  { what: 'Ardoise to a bare INSERT of 100 rows', of: 'Ardoise, 1 caller', to: single(batch) },
];

/** One event with one section of eight fields, sealed under a key that exists, appended to one of 64 streams. */
export async function appends(bench: Bench): Promise<CaseResult> {
  return measured(bench, 'appends', async (subjects, bare) => {
    const contestants: Contestant[] = [];
    for (const count of callerCounts) {
      for (const subject of subjects) {
        contestants.push(appending(subject, await subject.streams(streamCount), count));
      }
    }
    contestants.push(
      bare.batched(single(16), 16),
      bare.single(single(1), 1),
      bare.single('INSERT of 1 row, 16 callers', 16),
    );
    const standings = await compare(contestants, { ...bench.options, backend: bench.server.backend, say: bench.say });
    return {
      name: 'appends',
      title: 'Appends',
      about:
        'One event with one section of eight fields. Ardoise seals it under a key that exists (salts, commitment, ' +
        'ciphertext, header, leaf hash) and appends it to one of 64 streams at an exact expected version, by its ' +
        'command once. The peers append the same content in clear at an exact expected version. The ' +
        'bare INSERTs write the same bytes as Ardoise, made beforehand.',
      unit: 'events/s',
      standings,
      ratios: ratios(standings, singleGoals),
      figures: [],
    };
  });
}

/** A hundred events to one stream in one step. */
export async function batches(bench: Bench): Promise<CaseResult> {
  return measured(bench, 'batches', async (subjects, bare) => {
    const contestants: Contestant[] = [];
    for (const subject of subjects) contestants.push(appending(subject, await subject.streams(streamCount), 1, batch));
    contestants.push(bare.batched(single(batch), batch));
    const standings = await compare(contestants, { ...bench.options, backend: bench.server.backend, say: bench.say });
    return {
      name: 'batches',
      title: 'Appends of a hundred events',
      about: 'A hundred events to one stream in one step, all or none, one caller. Otherwise as above.',
      unit: 'events/s',
      standings,
      ratios: ratios(standings, batchGoals),
      figures: [],
    };
  });
}

async function measured(
  { server }: Bench,
  name: string,
  measure: (subjects: readonly Subject[], bare: Awaited<ReturnType<typeof openBareTable>>) => Promise<CaseResult>,
): Promise<CaseResult> {
  const subjects = [
    await openArdoise(await server.database(`ardoise_${name}`), server.folder),
    await openEmmett(await server.database(`emmett_${name}`)),
    await openMessageDb(await server.database(`message_db_${name}`)),
    await openCastore(await server.database(`castore_${name}`)),
  ];
  const bare = await openBareTable(await server.database(`bare_${name}`));
  try {
    return await measure(subjects, bare);
  } finally {
    await Promise.all([...subjects, bare].map((one) => one.close()));
  }
}

function goalBeside(peer: string, count: number): Goal {
  const text = callersText(count);
  return { what: `Ardoise to ${peer}, ${text}`, of: `Ardoise, ${text}`, to: `${peer}, ${text}` };
}
