import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import { adapterFor } from './adapter.js';
import type { Extension } from './extensions/extension.js';
import { ServerModule } from './server.module.js';
import { openLog, type ProcessParts } from './process-parts.js';
import { registerLater } from './tenants/router/later-routes.js';
import type { AppConfig } from '../config/app-config.js';

/** Creates the application, ready to listen: for the server and the end-to-end tests. */
export async function createApp(
  config: AppConfig,
  dataSource: DataSource,
  extensions: readonly Extension[] = [],
  given: ProcessParts = {},
): Promise<NestFastifyApplication> {
  const { listener, own, log = openLog(config) } = given;
  const app = await NestFactory.create<NestFastifyApplication>(
    ServerModule.forRoot({ config, dataSource, extensions, process: { ...given, log } }),
    own?.adapter ?? adapterFor(config, listener),
    { bodyParser: false, logger: log, abortOnError: false },
  );
  if (own) registerLater(app, own);
  await app.init();
  // Fastify does this when it listens itself.
  if (listener || own) await app.getHttpAdapter().getInstance().ready();
  return app;
}
