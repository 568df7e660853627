import { Controller, Get, Inject, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Public } from '../../auth/public.decorator.js';
import { colourForms } from '../../config/organisation/organisation-colour.js';
import { UnknownAddress } from '../../r4/errors/request-errors.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../oauth2-options.js';
import { PageErrorFilter } from './page-error.filter.js';

/** Neither runs anything, whoever opens it by itself. */
const headers = {
  'cache-control': 'public, max-age=300',
  'content-security-policy': "default-src 'none'; sandbox",
  'x-content-type-options': 'nosniff',
};

/** The logo and the colour of the organisation, for the pages. */
@Public()
@Controller('organisation')
@UseFilters(PageErrorFilter)
export class OrganisationController {
  constructor(@Inject(OAUTH2_OPTIONS) private readonly options: Pick<Oauth2Options, 'organisation'>) {}

  @Get('logo')
  logo(@Res() reply: FastifyReply): void {
    const { logo } = this.options.organisation ?? {};
    if (!logo) throw new UnknownAddress('This server has no logo.');
    void reply.headers({ ...headers, 'content-type': logo.type }).send(logo.bytes);
  }

  @Get('style.css')
  style(@Res() reply: FastifyReply): void {
    const { colour } = this.options.organisation ?? {};
    if (colour === undefined) throw new UnknownAddress('This server has no colour of its own.');
    const { light, lightSoft, dark, darkSoft } = colourForms(colour);
    const text = `:root{--accent:${light};--accent-soft:${lightSoft}}
@media (prefers-color-scheme:dark){:root{--accent:${dark};--accent-soft:${darkSoft}}}
`;
    void reply.headers({ ...headers, 'content-type': 'text/css; charset=utf-8' }).send(text);
  }
}
