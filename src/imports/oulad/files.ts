import { parse } from 'csv-parse';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ImportError } from './import-error';

/** The files of the data set, with the columns that are read or accounted for. */
export const files = {
  course: ['code_module', 'code_presentation', 'module_presentation_length'],
  assessment: ['code_module', 'code_presentation', 'id_assessment', 'assessment_type', 'date', 'weight'],
  vle: ['id_site', 'code_module', 'code_presentation', 'activity_type', 'week_from', 'week_to'],
  student: [
    'code_module',
    'code_presentation',
    'id_student',
    'gender',
    'region',
    'highest_education',
    'imd_band',
    'age_band',
    'num_of_prev_attempts',
    'studied_credits',
    'disability',
    'final_result',
  ],
  student_registration: ['code_module', 'code_presentation', 'id_student', 'date_registration', 'date_unregistration'],
  student_assessment: ['id_assessment', 'id_student', 'date_submitted', 'is_banked', 'score'],
} as const;

export type FileName = keyof typeof files;
export type Column<F extends FileName> = (typeof files)[F][number];
export type Cells<F extends FileName> = { readonly [C in Column<F>]: string };

export interface Row<F extends FileName> {
  /** From 1, the header's. */
  readonly line: number;
  readonly cells: Cells<F>;
}

/** Where a file is: packed by gzip, or plain. @throws ImportError `file-missing` */
export function fileAt(folder: string, name: FileName): string {
  const found = [`${name}.csv.gz`, `${name}.csv`].map((file) => join(folder, file)).find((file) => existsSync(file));
  if (found === undefined) throw new ImportError('file-missing', `the folder has no ${name}.csv.gz and no ${name}.csv`);
  return found;
}

interface Parsed {
  readonly info: { readonly lines: number };
  readonly record: readonly string[];
}

/** Reads a file row by row, never whole. @throws ImportError */
export async function* readRows<F extends FileName>(folder: string, name: F): AsyncGenerator<Row<F>> {
  const path = fileAt(folder, name);
  const parser = parse({ bom: true, info: true, relax_column_count: true, skip_empty_lines: true });
  const source = createReadStream(path);
  // An error of any part ends the parser, and with it this reading.
  if (path.endsWith('.gz')) pipeline(source, createGunzip(), parser, () => undefined);
  else pipeline(source, parser, () => undefined);
  let places: readonly (readonly [Column<F>, number])[] | undefined;
  try {
    for await (const { info, record } of parser as AsyncIterable<Parsed>) {
      if (!places) {
        places = placesOf(name, record);
        continue;
      }
      const cells = Object.fromEntries(places.map(([column, place]) => [column, record[place] ?? '']));
      yield { line: info.lines, cells: cells as Cells<F> };
    }
  } catch (error) {
    if (error instanceof ImportError) throw error;
    throw new ImportError('file-unreadable', `${name} is no CSV file that can be read to its end`);
  }
}

function placesOf<F extends FileName>(name: F, header: readonly string[]): (readonly [Column<F>, number])[] {
  return files[name].map((column: Column<F>) => {
    const place = header.indexOf(column);
    if (place < 0) throw new ImportError('column-missing', `${name} has no column ${column}`);
    return [column, place] as const;
  });
}
