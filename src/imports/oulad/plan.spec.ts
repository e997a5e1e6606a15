import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readPlan } from './plan';
import { sampleData } from './sample-data';
import { Accounts } from './report';

let folder: string;

function write(data: { readonly [file: string]: string }, packed = true): void {
  for (const [name, text] of Object.entries(data)) {
    writeFileSync(join(folder, `${name}.csv${packed ? '.gz' : ''}`), packed ? gzipSync(text) : text);
  }
}

const read = async (data: { readonly [file: string]: string }, packed = true) => {
  write(data, packed);
  const accounts = new Accounts();
  const plan = await readPlan(folder, accounts);
  return { plan, accounts, report: accounts.report({ organisation: 'parene', milliseconds: 0, reportFile: '' }) };
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'oulad-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('the plan of an import', () => {
  it('gathers what belongs to one learner, in the order in which presentations began', async () => {
    const { plan } = await read(sampleData);
    expect(plan.presentations.map(({ name, start, assessments }) => [name, start, assessments.length])).toEqual([
      ['AAA-2014J', '2014-10-01', 1],
      ['AAA-2013J', '2013-10-01', 2],
    ]);
    const learner = plan.learners.find(({ student }) => student === '100');
    expect(learner?.registrations.map(({ presentation }) => presentation.name)).toEqual(['AAA-2013J', 'AAA-2014J']);
    expect(learner?.registrations[0]?.submissions.map(({ assessment, line }) => [assessment, line])).toEqual([
      ['1', 2],
      ['2', 4],
    ]);
  });

  it('reads plain files too', async () => {
    expect((await read(sampleData, false)).plan.learners).toHaveLength(2);
  });

  it('refuses every row that fits nowhere, by line and reason', async () => {
    const { accounts, report } = await read({
      ...sampleData,
      course: `${sampleData.course}"AAA","2013J",268\n`,
      assessment: `${sampleData.assessment}"ZZZ","2013J",9,"TMA",1,1\n`,
      student_assessment: `${sampleData.student_assessment}1,999,18,FALSE,50\n77,100,18,FALSE,50\n1,100,19,FALSE,51\n1,100,x,FALSE,1\n`,
    });
    expect(accounts.refusedRows.map(({ file, line, reason }) => [file, line, reason])).toEqual([
      ['course', 4, 'row-repeated'],
      ['assessment', 5, 'course-unknown'],
      ['vle', 2, 'item-without-activity'],
      ['student_assessment', 6, 'registration-missing'],
      ['student_assessment', 7, 'assessment-unknown'],
      ['student_assessment', 8, 'row-repeated'],
      ['student_assessment', 9, 'value-malformed'],
    ]);
    expect(report.files.find(({ file }) => file === 'student_assessment')).toMatchObject({ rows: 8, refused: 4 });
  });

  it('counts the columns that are not stored where they are filled', async () => {
    const { report } = await read(sampleData);
    expect(Object.fromEntries(report.columns.map(({ column, values }) => [column, values]))).toEqual({
      highest_education: 3,
      imd_band: 2,
      num_of_prev_attempts: 3,
      studied_credits: 3,
      disability: 3,
    });
  });

  it('names the file or the column that is missing', async () => {
    const { vle: _, ...without } = sampleData;
    await expect(read(without)).rejects.toMatchObject({ code: 'file-missing' });
    await expect(read({ ...sampleData, vle: '"id_site"\n1\n' })).rejects.toMatchObject({ code: 'column-missing' });
  });

  it('ends when it is asked to', async () => {
    write(sampleData);
    await expect(readPlan(folder, new Accounts(), AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});
