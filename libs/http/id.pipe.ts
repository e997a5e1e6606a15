import type { PipeTransform } from '@nestjs/common';
import { isId } from '@ardoise/format';
import { ProblemError } from './problem';

/** An id in a path. What is no id names nothing: 404 with the thing's own code. */
export class IdPipe implements PipeTransform<string, string> {
  constructor(private readonly thing: string) {}

  transform(value: string): string {
    if (!isId(value)) throw new ProblemError(404, `${this.thing}-not-found`, `there is no such ${this.thing}`);
    return value;
  }
}
