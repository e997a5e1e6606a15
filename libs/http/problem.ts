/** One place in a request that is wrong. */
export interface ProblemAt {
  /** JSON pointer (RFC 6901) into the body, or the name of a header or query parameter. */
  readonly at: string;
  /** What would be right; never the value that was given. */
  readonly detail: string;
}

/** RFC 9457 problem details, with a stable code of ours. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** Stable, kebab-case. */
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly ProblemAt[];
}

/** An error that knows its answer. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly errors?: readonly ProblemAt[],
  ) {
    super(detail);
  }
}

const titles: { readonly [status: number]: string } = {
  400: 'Bad request',
  401: 'Not authenticated',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition failed',
  413: 'Too large',
  414: 'Address too long',
  415: 'Unsupported media type',
  422: 'Not processable',
  429: 'Too many requests',
  500: 'Internal error',
  503: 'Unavailable',
};

export function toProblem(status: number, code: string, detail: string, errors?: readonly ProblemAt[]): Problem {
  return {
    type: `urn:ardoise:problem:${code}`,
    title: titles[status] ?? 'Error',
    status,
    code,
    detail,
    ...(errors && errors.length > 0 ? { errors } : {}),
  };
}
