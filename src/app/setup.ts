import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import { adapterFor } from './http/adapter.js';
import type { Extension } from './extensions/extension.js';
import { ServerModule } from './server.module.js';
import { openLog, type ProcessParts } from './start/process-parts.js';
import { applicationLike } from './tenants/container/own-container.js';
import { registerLater } from './tenants/router/later-routes.js';
import type { AppConfig } from '../config/app-config.js';

/** Creates the application, ready to listen: for the server and the end-to-end tests. */
export async function createApp(
  config: AppConfig,
  dataSource: DataSource,
  extensions: readonly Extension[] = [],
  given: ProcessParts = {},
): Promise<NestFastifyApplication> {
  const { listener, own, pattern, log = openLog(config) } = given;
  const define = (settings: AppConfig, parts: ProcessParts): DynamicModule =>
    ServerModule.forRoot({ config: settings, dataSource, extensions, process: { ...parts, log } });
  const definition = define(config, given);
  if (own && pattern) {
    const like = await pattern((settings, nobodys) => define(settings, { ...given, own: nobodys }));
    const app = (await applicationLike(like, definition, own.adapter)) as unknown as NestFastifyApplication;
    registerLater(app, own);
    await app.init();
    await own.instance.ready();
    return app;
  }
  const app = await NestFactory.create<NestFastifyApplication>(definition, adapterFor(config, listener), {
    bodyParser: false,
    logger: log,
    abortOnError: false,
  });
  await app.init();
  // Fastify does this when it listens itself.
  if (listener) await app.getHttpAdapter().getInstance().ready();
  return app;
}
