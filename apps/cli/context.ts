import { NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import type { INestApplicationContext } from '@nestjs/common';
import { readConfig } from '@ardoise/config';
import { AdoptPolicyCommand } from '../../src/organisations/commands/adopt-policy/adopt-policy.command';
import { capabilities } from '../../src/capabilities';
import { createLog, NestLog } from '../../src/platform/logging';
import { startPlatform, type Platform } from '../../src/platform/platform';
import { ServerModule } from '../../src/server';

/** What a command works with: the same parts as the server, without HTTP, projections or schedules of its own. */
export interface Context {
  readonly app: INestApplicationContext;
  readonly platform: Platform;
  /** Aborted by Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}

/** Runs a command on the parts, and ends them whatever happens. */
export async function withContext<T>(name: string, run: (context: Context) => Promise<T>): Promise<T> {
  const config = { ...readConfig({ LOG_LEVEL: 'warn', ...process.env }), work: false };
  const log = createLog(config.logLevel, `ardoise ${name}`, process.stderr);
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  process.once('SIGINT', abort);
  process.once('SIGTERM', abort);
  const platform = await startPlatform({ config, capabilities, log, name: `ardoise ${name}` });
  try {
    const app = await NestFactory.createApplicationContext(ServerModule.of(platform), {
      logger: new NestLog(log),
      abortOnError: false,
    });
    try {
      return await run({ app, platform, signal: controller.signal });
    } finally {
      await app.close();
    }
  } finally {
    await platform.close();
  }
}

/** Brings an organisation's record up to its profile before something is recorded for it. @throws Refusal */
export async function adopt({ app }: Context, organisation: string): Promise<void> {
  await app.get(CommandBus).execute(new AdoptPolicyCommand(organisation));
}
