import { Controller, Get, Header, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../auth/public.decorator.js';
import { queryOf } from '../fhir/http/answer/representation.js';
import { FhirExceptionFilter } from '../fhir/http/fhir-exception.filter.js';
import { readAskedDocument } from './asked-types.js';
import { OpenApiDocuments } from './openapi-documents.js';

/** `GET /openapi.json`: open, like `/metadata`, and it tells nothing of what is stored that `/metadata` does not tell. */
@Public()
@Controller()
@UseFilters(FhirExceptionFilter)
export class OpenApiController {
  constructor(private readonly documents: OpenApiDocuments) {}

  @Get('openapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  document(
    @Req() { url, headers }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Buffer | undefined {
    const { body, tag } = this.documents.get(readAskedDocument(queryOf(url)));
    void reply.header('etag', tag);
    if (!namesTag(headers['if-none-match'], tag)) return body;
    void reply.code(304);
    return undefined;
  }
}

/** RFC 9110 section 13.1.2: compared weakly. */
const namesTag = (header: string | undefined, tag: string): boolean =>
  (header ?? '').split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag);
