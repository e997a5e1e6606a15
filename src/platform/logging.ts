import type { LoggerService } from '@nestjs/common';
import type { LogLevel } from '@ardoise/config';
import { pino, type Logger } from 'pino';

/** The process's log: JSON lines that hold ids, codes and counts, never a value somebody gave. */
export type AppLog = Logger;

/** A log on standard output, or on another stream: a command keeps standard output for its result. */
export function createLog(level: LogLevel, name: string, to: NodeJS.WriteStream = process.stdout): AppLog {
  return pino({ level, name, base: { pid: process.pid, name } }, to);
}

/** NestJS's own words in the same log. Its start-up chatter is debug, and an error's text is cut to its class. */
export class NestLog implements LoggerService {
  constructor(private readonly target: AppLog) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.target.debug({ context: rest.at(-1) }, String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    const text = message instanceof Error ? message.name : String(message);
    this.target.error({ context: rest.at(-1) }, text);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.target.warn({ context: rest.at(-1) }, String(message));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.target.debug({ context: rest.at(-1) }, String(message));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.target.trace({ context: rest.at(-1) }, String(message));
  }
}
