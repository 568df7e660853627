import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AUTH_OPTIONS, type AuthOptions } from '../../../auth/auth-options.js';
import { Public } from '../../../auth/public.decorator.js';
import { accessPage, accessPageHeaders } from '../../../refusal/access-page.js';
import { protectedResource } from '../../../scope/discovery/protected-resource.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { UnknownAddress } from '../../../r4/errors/request-errors.js';
import { linksOf } from '../answer/error-answer.js';
import { tokenIssuers } from './token-issuers.js';

/** Open documents at the root of the host: RFC 9728 and the page that explains refusals. */
@Public()
@Controller()
export class DiscoveryController {
  constructor(
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
    @Inject(AUTH_OPTIONS) private readonly auth: AuthOptions,
  ) {}

  /** RFC 9728 section 3: the well-known path is inserted before that of the resource, which a proxy may have shortened. */
  @Get('.well-known/oauth-protected-resource/*')
  protectedResource(@Req() { url }: FastifyRequest, @Res() reply: FastifyReply): void {
    const { base, basePath } = this.options;
    const [path = ''] = url.split('?', 1);
    const resource = path.slice('/.well-known/oauth-protected-resource'.length);
    if (resource !== basePath && resource !== new URL(base).pathname) {
      throw new UnknownAddress('This server protects no resource of that path.');
    }
    const document = protectedResource(linksOf(this.options), tokenIssuers(this.auth));
    void reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(document));
  }

  @Get('docs/access')
  accessPage(@Res() reply: FastifyReply): void {
    void reply.headers(accessPageHeaders).send(accessPage(linksOf(this.options)));
  }
}
