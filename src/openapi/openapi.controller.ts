import { createHash } from 'node:crypto';
import { Controller, Get, Header, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../auth/public.decorator.js';
import { queryOf } from '../fhir/http/answer/representation.js';
import { FhirExceptionFilter } from '../fhir/http/fhir-exception.filter.js';
import { readAskedDocument } from './asked-types.js';
import { OpenApi } from './openapi.js';

/** `GET /openapi.json`: open, like `/metadata`, and it tells nothing of what is stored that `/metadata` does not tell. */
@Public()
@Controller()
@UseFilters(FhirExceptionFilter)
export class OpenApiController {
  #tag: { readonly text: string; readonly value: string } | undefined;

  constructor(private readonly openApi: OpenApi) {}

  @Get('openapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  @Header('cache-control', 'public, max-age=300')
  document(
    @Req() { url, headers }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): string | undefined {
    const asked = readAskedDocument(queryOf(url));
    const isWhole = asked.types === undefined && !asked.isPlain;
    const text = isWhole ? this.openApi.text() : JSON.stringify(this.openApi.document(asked));
    const tag = isWhole ? this.tagOfWhole(text) : tagOf(text);
    void reply.header('etag', tag);
    if (!namesTag(headers['if-none-match'], tag)) return text;
    void reply.code(304);
    return undefined;
  }

  private tagOfWhole(text: string): string {
    if (this.#tag?.text !== text) this.#tag = { text, value: tagOf(text) };
    return this.#tag.value;
  }
}

const tagOf = (text: string): string => `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;

/** RFC 9110 section 13.1.2: compared weakly. */
const namesTag = (header: string | undefined, tag: string): boolean =>
  (header ?? '').split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === tag);
