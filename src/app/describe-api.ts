import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Extension } from './extensions/extension.js';
import { ServerModule } from './server.module.js';
import type { AppConfig } from '../config/app-config.js';
import { unopenedDataSource } from '../database/data-source.js';
import type { OpenApiDocument } from '../openapi/document.js';
import { type AskedDocument, OpenApi } from '../openapi/openapi.js';

/**
 * The OpenAPI document of a server with these settings, without a database: search parameters that are stored are not in it. The
 * parts of the application are made, and none of them begins to work.
 */
export async function describeApi(
  config: AppConfig,
  extensions: readonly Extension[] = [],
  asked: AskedDocument = {},
): Promise<OpenApiDocument> {
  const app = await NestFactory.create(
    ServerModule.forRoot({
      config: withoutSecrets(config),
      dataSource: unopenedDataSource(),
      extensions,
    }),
    new FastifyAdapter(),
    { logger: false, abortOnError: false },
  );
  return app.get(OpenApi).document(asked);
}

/** Page links are sealed with a secret of the database unless the settings have one; here are no links. Who asks for the document wants it, whatever OPENAPI says. */
const withoutSecrets = (config: AppConfig): AppConfig =>
  Object.create(config, { cursorSecret: { value: 'no-page-links-are-made' }, openApi: { value: true } }) as AppConfig;
