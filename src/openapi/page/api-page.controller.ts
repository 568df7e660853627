import { Controller, Get, Inject, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../auth/public.decorator.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir/fhir-options.js';
import { queryOf } from '../../fhir/http/answer/representation.js';
import { FhirExceptionFilter } from '../../fhir/http/fhir-exception.filter.js';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import { readTypes } from '../asked-types.js';
import { OPENAPI_OPTIONS, type OpenApiOptions } from '../openapi-options.js';
import { apiPage, apiPageHeaders } from './api-page.js';
import { viewerFile, viewerFiles } from './viewer-files.js';

/** `/docs/api`: the OpenAPI document for people, with what it needs from this server alone. */
@Public()
@Controller('docs/api')
@UseFilters(FhirExceptionFilter)
export class ApiPageController {
  constructor(
    @Inject(OPENAPI_OPTIONS) private readonly options: OpenApiOptions,
    @Inject(FHIR_OPTIONS) private readonly fhir: FhirOptions,
  ) {}

  @Get()
  page(@Req() { url }: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): string {
    const [type = 'Patient', ...others] = readTypes(queryOf(url).get('type') ?? 'Patient');
    if (others.length > 0) throw new InvalidRequest({ code: 'value', diagnostics: 'The page shows one type.' });
    void reply.headers(apiPageHeaders);
    const path = new URL(this.options.publicUrl).pathname.replace(/\/$/, '');
    return apiPage({ path, docsUrl: this.fhir.docsUrl }, type);
  }

  @Get([...viewerFiles])
  file(@Req() { url }: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Buffer {
    const name = viewerFiles.find((one) => url.split('?', 1)[0]?.endsWith(`/${one}`))!;
    const { type, content } = viewerFile(name);
    void reply.headers({
      'content-type': type,
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    });
    return content;
  }
}
