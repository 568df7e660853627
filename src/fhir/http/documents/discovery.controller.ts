import { Controller, Get, Header, Inject, Param, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AUTH_OPTIONS, type AuthOptions } from '../../../auth/auth-options.js';
import { Public } from '../../../auth/public.decorator.js';
import { accessPage, accessPageHeaders, accessSubpage, accessSubpages } from '../../../refusal/access-page.js';
import { protectedResource } from '../../../scope/discovery/protected-resource.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { UnknownAddress } from '../../../r4/errors/request-errors.js';
import { nearest } from '../../../r4/model/nearest.js';
import { linksOf } from '../answer/error-answer.js';
import { queryOf } from '../answer/representation.js';
import { FhirExceptionFilter } from '../fhir-exception.filter.js';
import { tokenIssuers } from './token-issuers.js';

/** Open documents at the root of the host: RFC 9728 and the page that explains refusals. */
@Public()
@Controller()
@UseFilters(FhirExceptionFilter)
export class DiscoveryController {
  constructor(
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
    @Inject(AUTH_OPTIONS) private readonly auth: AuthOptions,
  ) {}

  /** RFC 9728 section 3: the well-known path is inserted before that of the resource, which a proxy may have shortened. */
  @Get('.well-known/oauth-protected-resource/*')
  @Header('content-type', 'application/json; charset=utf-8')
  protectedResource(@Req() { url }: FastifyRequest): string {
    const { base, basePath } = this.options;
    const [path = ''] = url.split('?', 1);
    const resource = path.slice('/.well-known/oauth-protected-resource'.length);
    if (resource !== basePath && resource !== new URL(base).pathname) {
      throw new UnknownAddress('This server protects no resource of that path.');
    }
    return JSON.stringify(protectedResource(linksOf(this.options), tokenIssuers(this.auth)));
  }

  @Get('docs/access')
  accessPage(@Req() { url }: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): string {
    void reply.headers(accessPageHeaders);
    return accessPage(linksOf(this.options), queryOf(url).get('q') ?? '');
  }

  @Get('docs/access/:name')
  accessSubpage(@Param('name') name: string, @Res({ passthrough: true }) reply: FastifyReply): string {
    const links = linksOf(this.options);
    const page = accessSubpage(links, name);
    if (page === undefined) {
      const meant = nearest(name, accessSubpages(links));
      throw new UnknownAddress(
        `No reason has this code. ${meant === undefined ? `All of them: ${links.docsUrl}` : `Did you mean ${links.docsUrl}/${meant}?`}`,
      );
    }
    void reply.headers(accessPageHeaders);
    return page;
  }
}
