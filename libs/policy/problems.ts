/** One thing that is wrong with a profile, and what would be right. */
export interface PolicyProblem {
  /** The file's name, without its folder. */
  readonly file: string;
  /** The member, as in `categories.learning.retention.period`; empty for the whole file. */
  readonly path: string;
  readonly message: string;
  /** Line and column from 1, where the file has one for it. */
  readonly line?: number;
  readonly column?: number;
}

/** The profiles cannot be used. Names every problem of every file, not only the first. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly code = 'policy-invalid';

  constructor(readonly problems: readonly PolicyProblem[]) {
    super(['organisation profiles cannot be used:', ...problems.map(describe)].join('\n  '));
  }
}

function describe({ file, path, message, line, column }: PolicyProblem): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return path === '' ? `${place}: ${message}` : `${place}: ${path}: ${message}`;
}
