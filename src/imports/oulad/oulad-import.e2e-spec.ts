import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startTestServer, type TestServer } from '../../../test/support/server';
import { OuladImport, type ImportOptions } from './oulad-import';
import { sampleData } from './sample-data';
import { sizeOf } from '../../../test/support/whole-log';

const organisation = 'parene';

describe('the import of the Open University data', () => {
  let folder: string;
  let server: TestServer;

  const write = (data: { readonly [file: string]: string }): void => {
    for (const [name, text] of Object.entries(data)) writeFileSync(join(folder, `${name}.csv.gz`), gzipSync(text));
  };
  const run = (options: Partial<ImportOptions> = {}) =>
    server.app.get(OuladImport, { strict: false }).run({ organisation, path: folder, ...options });
  const head = () => server.platform.store.head(organisation);
  const personOf = async (student: string) =>
    (await server.platform.vault.findByLookup(organisation, 'student-number', student)) as string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'oulad-'));
    server = await startTestServer({ organisation });
  });

  afterEach(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  it('takes every row or says why not', async () => {
    write(sampleData);
    const report = await run({ reportFile: join(folder, 'report.ndjson') });
    expect(report).toMatchObject({ rows: 16, taken: 15, refused: 1 });
    for (const file of report.files) expect(file.taken + file.refused).toBe(file.rows);
    expect(report.decisions).toEqual({
      'profile-value-changed': 1,
      'registration-date-missing': 1,
      'result-carried-over': 1,
      'score-missing': 1,
      'submission-after-end': 1,
    });
    const [first, ...refused] = readFileSync(report.reportFile, 'utf8').trim().split('\n');
    expect(JSON.parse(first as string)).toEqual(report);
    expect(refused.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ file: 'vle', line: 2, reason: 'item-without-activity' }),
    ]);
  });

  it('records what the data say, as of when it happened', async () => {
    write(sampleData);
    await run();
    await server.settled();
    const passed = await server.get(`/persons/${await personOf('100')}/enrolments`).expect(200);
    const outcomes = (items: { outcome: string; endedOn: string; requestedAt: string }[]) =>
      items.map(({ outcome, endedOn, requestedAt }) => [outcome, endedOn, requestedAt]).sort();
    expect(outcomes(passed.body.items)).toEqual([
      ['completed', '2015-06-27', '2014-09-01T06:00:00.000Z'],
      ['failed', '2014-06-26', '2013-04-25T06:00:00.000Z'],
    ]);
    const withdrawn = await server.get(`/persons/${await personOf('200')}/enrolments`).expect(200);
    expect(outcomes(withdrawn.body.items)).toEqual([['withdrawn', '2013-10-13', '2013-10-01T06:00:00.000Z']]);
    const person = await server.get(`/persons/${await personOf('100')}`).expect(200);
    expect(JSON.stringify(person.body)).toContain('35-55');
  });

  it('stores nothing of a column without a category', async () => {
    write(sampleData);
    await run();
    await server.settled();
    const person = await server.get(`/persons/${await personOf('200')}`).expect(200);
    expect(JSON.stringify(person.body)).not.toMatch(/A Level|TRUE/);
  });

  it('records nothing twice', async () => {
    write(sampleData);
    const first = await run();
    await server.settled();
    const before = await head();
    const again = await run();
    await server.settled();
    expect(await head()).toBe(before);
    expect({ ...again, milliseconds: 0 }).toEqual({ ...first, milliseconds: 0 });
  });

  it('comes to the same end when it is stopped on the way', async () => {
    write(manyLearners(150));
    const controller = new AbortController();
    const stopped = run({
      signal: controller.signal,
      onProgress: ({ phase }) => phase === 'recording' && controller.abort(new Error('stopped')),
    });
    await expect(stopped).rejects.toThrow('stopped');
    const between = await head();
    const resumed = await run();
    const after = await head();
    expect(after).toBeGreaterThan(between);
    const other = await startTestServer({ organisation });
    try {
      const whole = await other.app.get(OuladImport, { strict: false }).run({ organisation, path: folder });
      expect({ ...whole, milliseconds: 0, reportFile: '' }).toEqual({ ...resumed, milliseconds: 0, reportFile: '' });
      await Promise.all([server.settled(), other.settled()]);
      expect(await sizeOf(other.platform.store, organisation)).toBe(await sizeOf(server.platform.store, organisation));
    } finally {
      await other.close();
    }
  }, 240_000);

  it('refuses a row that is another than in an earlier run', async () => {
    write(sampleData);
    await run();
    write({ ...sampleData, student_assessment: sampleData.student_assessment.replace('FALSE,30', 'FALSE,90') });
    const { refused, files } = await run();
    expect(refused).toBe(2);
    expect(files.find(({ file }) => file === 'student_assessment')?.reasons).toEqual({ 'idempotency-key-reused': 1 });
  });

  it('leaves an erased person erased', async () => {
    write(sampleData);
    await run();
    await server.post(`/persons/${await personOf('200')}/erasures`).expect(202);
    await server.settled();
    const { files } = await run();
    expect(Object.fromEntries(files.map(({ file, reasons }) => [file, reasons]))).toMatchObject({
      student_registration: { erased: 1 },
      student: { erased: 1 },
      student_assessment: { erased: 1 },
    });
  });

  it('refuses an organisation that is not there', async () => {
    write(sampleData);
    await expect(run({ organisation: 'nowhere' })).rejects.toMatchObject({ code: 'organisation-not-found' });
  });
});

/** Learners of one presentation, each with one result. */
function manyLearners(count: number): { readonly [file: string]: string } {
  const numbers = Array.from({ length: count }, (_, index) => 1_000 + index);
  const rows = (file: keyof typeof sampleData, row: (student: number) => string): string =>
    `${sampleData[file].split('\n')[0]}\n${numbers.map((student) => `${row(student)}\n`).join('')}`;
  return {
    ...sampleData,
    student_registration: rows('student_registration', (student) => `AAA,2013J,${student},-10,`),
    student: rows('student', (student) => `AAA,2013J,${student},F,Wales,,,0-35,0,60,FALSE,Pass`),
    student_assessment: rows('student_assessment', (student) => `1,${student},18,FALSE,80`),
  };
}
