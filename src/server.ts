import { Module, type DynamicModule, type INestApplicationContext } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE, NestFactory } from '@nestjs/core';
import { CommandBus } from '@nestjs/cqrs';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import {
  answerProblem,
  CardNumbersInterceptor,
  parseJson,
  parseStreamed,
  ProblemFilter,
  problemOf,
  validationPipe,
} from '@ardoise/http';
import { errorCode } from '@ardoise/lanes';
import type { FastifyReply } from 'fastify';
import { AdoptPolicyCommand } from './organisations/commands/adopt-policy/adopt-policy.command';
import { EndedOrganisations } from './platform/ended-organisations';
import { rememberWhereRecordsAre } from './platform/event-store';
import { NestLog } from './platform/logging';
import { OrganisationGuard } from './platform/organisation.guard';
import type { Platform } from './platform/platform';
import { PlatformModule } from './platform/platform.module';
import { PreferWaitInterceptor } from './platform/prefer-wait.interceptor';
import { Reactions } from './platform/reactions';

@Module({})
export class ServerModule {
  static of(platform: Platform): DynamicModule {
    return {
      module: ServerModule,
      imports: [PlatformModule.of(platform), ...platform.capabilities.map(({ module }) => module)],
      providers: [
        { provide: APP_GUARD, useClass: OrganisationGuard },
        { provide: APP_PIPE, useFactory: validationPipe },
        { provide: APP_INTERCEPTOR, useClass: CardNumbersInterceptor },
        { provide: APP_INTERCEPTOR, useClass: PreferWaitInterceptor },
        { provide: APP_FILTER, useFactory: () => new ProblemFilter(platform.log) },
      ],
    };
  }
}

/** The server, ready to listen: the same for production and tests. */
export async function createServer(platform: Platform): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit: platform.config.bodyLimit,
    routerOptions: { maxParamLength: 200 },
    // An address that cannot be read reaches no route and no filter; the platform's own answer would quote it.
    frameworkErrors: (error: unknown, _: unknown, reply: FastifyReply) => answerProblem(reply, problemOf(error)),
  });
  const app = await NestFactory.create<NestFastifyApplication>(ServerModule.of(platform), adapter, {
    logger: new NestLog(platform.log),
    abortOnError: false,
    bodyParser: false,
    forceCloseConnections: true,
  });
  configureApp(app, platform);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}

/** The same modules without HTTP: for projections, reactions and schedules in a process of their own. */
export function createWorker(platform: Platform): Promise<INestApplicationContext> {
  return NestFactory.createApplicationContext(ServerModule.of(platform), {
    logger: new NestLog(platform.log),
    abortOnError: false,
  });
}

function configureApp(app: NestFastifyApplication, platform: Platform): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.decorateRequest('receivedAt');
  fastify.addHook('onRequest', (request, _, done) => {
    (request as unknown as { receivedAt: Date }).receivedAt = platform.clock.now();
    done();
  });
  // The route's pattern is logged, never the address: paths and queries can name persons.
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request;
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    platform.log.debug({ method, route: routeOptions.url, status: reply.statusCode, ms }, 'request');
    done();
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) => {
    try {
      done(null, parseJson(body as string));
    } catch (error) {
      done(error as Error);
    }
  });
  fastify.addContentTypeParser('application/x-ndjson', { parseAs: 'string' }, (_, body, done) => done(null, body));
  fastify.addContentTypeParser('*', parseStreamed);
  SwaggerModule.setup('docs', app, () => openApi(app), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
  });
}

/** The API's description, OpenAPI 3.1. */
export function openApi(app: NestFastifyApplication): OpenAPIObject {
  const head = new DocumentBuilder()
    .setTitle('Ardoise')
    .setDescription('Learning records that can be replayed, proved and made to forget.')
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .build();
  return SwaggerModule.createDocument(app, head);
}

/**
 * Brings every organisation's record up to its profile, then lets projections, reactions and the sequencer run. An organisation in
 * quarantine is left as it is, until that is over.
 */
export async function startWork(app: INestApplicationContext, platform: Platform): Promise<void> {
  const commands = app.get(CommandBus);
  const ended = app.get(EndedOrganisations);
  await ended.look();
  const adopt = async (organisation: string): Promise<void> => {
    if (!platform.policies.has(organisation) || platform.quarantines.of(organisation)) return;
    // The name stays taken: its profile may still lie there.
    if (ended.has(organisation)) {
      platform.log.info({ organisation }, 'the organisation has ended; its profile is left');
      return;
    }
    await commands.execute(new AdoptPolicyCommand(organisation));
  };
  for (const organisation of platform.policies.keys()) await adopt(organisation);
  platform.quarantines.onLifted((organisation) => {
    // The gate itself waits for nothing that opens keys.
    adopt(organisation).catch((error: unknown) => {
      platform.log.error(
        { organisation, code: errorCode(error) },
        'the policy could not be adopted; it is at the next start',
      );
    });
  });
  await rememberWhereRecordsAre(platform.store, { config: platform.config, pool: platform.pools.log });
  await platform.gate.writeAnchors();
  if (!platform.config.work) return;
  await platform.projections.start();
  await app.get(Reactions).start();
  await platform.sequencer.start();
}

/** What was to be made of a platform, or an ended platform where it could not be made. */
export async function madeOf<App>(platform: Platform, make: (platform: Platform) => Promise<App>): Promise<App> {
  try {
    return await make(platform);
  } catch (error) {
    await platform.close();
    throw error;
  }
}

/** Ends the server: no new requests, those under way answered, then everything below. */
export async function stopServer(app: INestApplicationContext, platform: Platform): Promise<void> {
  await app.get(Reactions).stop();
  await app.close();
  await platform.close();
}
