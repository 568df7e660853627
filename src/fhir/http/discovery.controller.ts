import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AUTH_OPTIONS, type AuthOptions } from '../../auth/auth-options.js';
import { Public } from '../../auth/public.decorator.js';
import { accessPage, accessPageHeaders } from '../../refusal/access-page.js';
import { protectedResource } from '../../scope/protected-resource.js';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import { linksOf } from './error-answer.js';
import { tokenIssuers } from './token-issuers.js';

/** Open documents at the root of the host: RFC 9728 and the page that explains refusals. */
@Public()
@Controller()
export class DiscoveryController {
  constructor(
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
    @Inject(AUTH_OPTIONS) private readonly auth: AuthOptions,
  ) {}

  /** RFC 9728 section 3: the well-known path is inserted before the path of the resource, whatever that is. */
  @Get('.well-known/oauth-protected-resource/*')
  protectedResource(@Res() reply: FastifyReply): void {
    const document = protectedResource(linksOf(this.options), tokenIssuers(this.auth));
    void reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(document));
  }

  @Get('docs/access')
  accessPage(@Res() reply: FastifyReply): void {
    void reply.headers(accessPageHeaders).send(accessPage(linksOf(this.options)));
  }
}
