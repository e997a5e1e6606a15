import autocannon from 'autocannon';
import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, CaseResult, Figure } from '../case';
import { startServerProcess } from '../child';
import { whole } from '../figures';
import { compare, ratios, type Contestant } from '../rounds';
import { median } from '../statistics';

const connections = 32;
const learners = 256;
const route = 'POST …/enrolments/{enrolment}/time-records';
const bareRoute = 'bare Fastify route with one INSERT';

interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** A command over HTTP, through the whole server, beside the least that a server can do with the same request. */
export async function http(bench: Bench): Promise<CaseResult> {
  const databaseUrl = await bench.server.database('http');
  const folder = mkdtempSync(join(bench.server.folder, 'http-'));
  const ardoise = await startServerProcess({ kind: 'ardoise', databaseUrl, folder });
  const bare = await startServerProcess({ kind: 'bare', databaseUrl, folder });
  try {
    const enrolments = await enrolLearners(`${ardoise.url}/v1/organisations/mira`);
    const latencies = new Map<string, Latency[]>();
    const paths = enrolments.map((enrolment) => `/v1/organisations/mira/enrolments/${enrolment}/time-records`);
    const contestants = [
      requests(route, ardoise.url, paths, latencies, 200),
      requests(
        bareRoute,
        bare.url,
        enrolments.map((enrolment) => `/rows/${enrolment}`),
        latencies,
        201,
      ),
    ];
    const standings = await compare(contestants, {
      ...bench.options,
      backend: bench.server.backend,
      own: [ardoise.pid, bare.pid],
      say: bench.say,
    });
    return {
      name: 'http',
      title: 'Commands over HTTP',
      about:
        `${connections} connections, each request with an idempotency key of its own, over ${learners} enrolments: ` +
        'validated, authorised by organisation, the stream loaded, opened and folded, decided, sealed, appended, ' +
        'durable; projections and reactions work in the same process meanwhile. The load is made in another process; ' +
        'the processor time is that of the server under load and of the database.',
      unit: 'requests/s',
      standings,
      ratios: ratios(standings, [{ what: 'Ardoise to a bare route', of: route, to: bareRoute }]),
      figures: [...latencies].flatMap(([name, list]) => latencyFigures(name, list)),
    };
  } finally {
    await ardoise.stop();
    await bare.stop();
  }
}

function latencyFigures(name: string, list: readonly Latency[]): Figure[] {
  // The first was the round that is not counted.
  const counted = list.slice(1);
  const milliseconds = (of: keyof Latency) => `${whole(median(counted.map((one) => one[of])))} ms`;
  return [{ what: `${name}: p50, p99`, value: `${milliseconds('p50')}, ${milliseconds('p99')}` }];
}

function requests(
  name: string,
  url: string,
  paths: readonly string[],
  latencies: Map<string, Latency[]>,
  expected: number,
): Contestant {
  return {
    name,
    async run(over) {
      let next = 0;
      const body = JSON.stringify({ module: 'm1', resource: 'video', seconds: 600, source: 'lms' });
      const setupRequest = (request: autocannon.Request): autocannon.Request => ({
        ...request,
        path: paths[next++ % paths.length] ?? '/',
        headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      });
      const requests = [{ method: 'POST' as const, body, setupRequest }];
      const result = await load({ url, connections, duration: 3_600, requests }, over);
      const good = result.statusCodeStats?.[`${expected}`]?.count ?? 0;
      if (result.errors > 0 || result.non2xx > 0 || good === 0) {
        throw new Error(`${name}: ${result.errors} errors, ${JSON.stringify(result.statusCodeStats)}`);
      }
      const { p50, p99 } = result.latency;
      latencies.set(name, [...(latencies.get(name) ?? []), { p50, p99 }]);
      return good;
    },
  };
}

/** Sends requests until it is over. */
function load(options: autocannon.Options, over: () => boolean): Promise<autocannon.Result> {
  return new Promise((resolve, reject) => {
    const instance = autocannon(options, (error: unknown, result) => {
      clearInterval(looking);
      if (error) reject(error instanceof Error ? error : new Error('autocannon failed'));
      else resolve(result);
    });
    const looking = setInterval(() => over() && instance.stop(), 5);
  });
}

const course = {
  title: 'Premiers secours',
  modality: 'mixed',
  plannedHours: 14,
  modules: [{ key: 'm1', title: 'Protéger' }],
  assessments: [{ key: 'final', title: 'Examen', kind: 'final-exam', maximumScore: 20, passMark: 10 }],
  completionRule: 'achieved',
};

async function enrolLearners(base: string): Promise<string[]> {
  const courseId = await post(base, '/courses', course);
  const enrolments: string[] = [];
  for (let learner = 0; learner < learners; learner++) {
    const profileValues = [
      { name: 'given-name', value: 'Ada' },
      { name: 'family-name', value: `Learner ${learner}` },
      { name: 'email', value: `learner.${learner}@example.org` },
    ];
    const person = await post(base, '/persons', { kinds: ['learner'], profileValues });
    const body = { person, course: courseId, traineeKind: 'employee' };
    const enrolment = await post(base, '/enrolments', body);
    await post(base, `/enrolments/${enrolment}/approval`, { by: 'direction' });
    enrolments.push(enrolment);
  }
  for (const enrolment of enrolments) await confirmed(base, enrolment);
  return enrolments;
}

/** An enrolment is confirmed by a durable step that follows the approval. */
async function confirmed(base: string, enrolment: string): Promise<void> {
  for (let look = 0; look < 600; look++) {
    const answer = await fetch(`${base}/enrolments/${enrolment}`);
    if (answer.ok && ((await answer.json()) as { state: string }).state === 'confirmed') return;
    await delay(100);
  }
  throw new Error('an enrolment of the benchmark was not confirmed within a minute');
}

async function post(base: string, path: string, body: object): Promise<string> {
  const answer = await fetch(base + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const said = (await answer.json()) as { id: string };
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${JSON.stringify(said)}`);
  return said.id;
}
