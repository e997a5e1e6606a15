import { ProblemError } from '@ardoise/http';
import { CategoriesNotAllowedError } from '../domain/terms';

/** What the owner of a webhook may not see is answered 403; other refusals have answers of their own. */
export function asProblem(error: unknown): never {
  if (!(error instanceof CategoriesNotAllowedError)) throw error;
  throw new ProblemError(403, error.code, error.message, [{ at: error.at, detail: error.message }]);
}
