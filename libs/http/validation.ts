import { ValidationPipe, type ValidationError } from '@nestjs/common';
import { ProblemError, type ProblemAt } from './problem';

/** Flattens what the validator found into places and what would be right; never a value that was given. */
export function placesOf(errors: readonly ValidationError[], under = ''): ProblemAt[] {
  return errors.flatMap((error) => {
    const at = `${under}/${escape(error.property)}`;
    const own = Object.entries(error.constraints ?? {}).map(([rule, message]) => ({
      at,
      detail: rule === 'whitelistValidation' ? 'this field is not known' : message,
    }));
    return [...own, ...placesOf(error.children ?? [], at)];
  });
}

function escape(property: string): string {
  // An unknown field's name comes from outside: a long or odd one is not echoed.
  const name = /^[A-Za-z0-9_-]{1,40}$/.test(property) ? property : '(unprintable)';
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Unknown fields are refused by name, types are not guessed, every place that is wrong is named at once. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    exceptionFactory: (errors) => notValid(placesOf(errors)),
  });
}

export function notValid(places: readonly ProblemAt[]): ProblemError {
  const first = places[0];
  const more = places.length > 1 ? ` (and ${places.length - 1} more)` : '';
  const detail = first ? `${first.at}: ${first.detail}${more}` : 'the body is no object';
  return new ProblemError(422, 'request-not-valid', detail, places);
}
