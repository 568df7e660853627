import { type DynamicModule, Module } from '@nestjs/common';
import { FhirPaths } from './fhir/fhir-paths.js';
import { OPENAPI_OPTIONS, type OpenApiOptions } from './openapi-options.js';
import { OpenApi } from './openapi.js';
import { OpenApiDocuments } from './openapi-documents.js';
import { OpenApiController } from './openapi.controller.js';
import { documentPaths } from './document-paths.js';
import { OwnServerPaths } from './own-server-paths.js';
import { ApiPageController } from './page/api-page.controller.js';

/** `/openapi.json` and its page, for what FhirModule, LocalAuthModule and Oauth2Module have in this application. */
@Module({})
export class OpenApiModule {
  static forRoot(options: OpenApiOptions): DynamicModule {
    const value = { ...options, paths: () => [...options.paths(), documentPaths()] };
    return {
      module: OpenApiModule,
      controllers: [OpenApiController, ApiPageController],
      providers: [OpenApi, OpenApiDocuments, FhirPaths, OwnServerPaths, { provide: OPENAPI_OPTIONS, useValue: value }],
      exports: [OpenApi, OPENAPI_OPTIONS],
    };
  }
}
