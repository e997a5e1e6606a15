import { Refusal } from '@ardoise/decider';
import { problemOf, ProblemError, type Problem } from '@ardoise/http';
import { VaultError } from '@ardoise/vault';
import { ImportError } from './import-error';

export interface Refused {
  readonly reason: string;
  readonly detail: string;
}

/**
 * What a command's refusal says of a row. What is no refusal (a database that is away) ends the import: it is run again.
 * @throws ImportError `import-interrupted`
 */
export function refusalOf(problem: Pick<Problem, 'code' | 'detail' | 'status'>): Refused {
  if (problem.status >= 500) throw new ImportError('import-interrupted', `${problem.detail}; run the import again`);
  return { reason: problem.code, detail: problem.detail };
}

/** Runs a command: its result, or why it was refused. */
export async function attempt<T>(run: () => Promise<T>): Promise<{ readonly value: T } | Refused> {
  try {
    return { value: await run() };
  } catch (error) {
    if (!(error instanceof Refusal || error instanceof VaultError || error instanceof ProblemError)) throw error;
    return refusalOf(problemOf(error));
  }
}
