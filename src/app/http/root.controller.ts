import { Controller, Get, Inject, Optional, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AUTH_OPTIONS, type AuthOptions } from '../../auth/auth-options.js';
import { Public } from '../../auth/public.decorator.js';
import { CONSOLE_OPTIONS, type ConsoleOptions } from '../../console/console-options.js';
import { page, pageHeaders } from '../../fhir/http/answer/answer-page.js';
import { prefersHtml } from '../../fhir/http/answer/prefers-html.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir/fhir-options.js';
import { serverVersion } from '../../config/server-version.js';
import { OPENAPI_OPTIONS, type OpenApiOptions } from '../../openapi/openapi-options.js';
import { html } from '../../refusal/html.js';

/** `GET /` tells people and programs that know only the name of this server what it is. */
@Public()
@Controller()
export class RootController {
  constructor(
    @Inject(FHIR_OPTIONS) private readonly fhir: FhirOptions,
    @Inject(AUTH_OPTIONS) private readonly auth: AuthOptions,
    @Inject(CONSOLE_OPTIONS) private readonly console: ConsoleOptions,
    @Optional() @Inject(OPENAPI_OPTIONS) private readonly openApi?: OpenApiOptions,
  ) {}

  @Get()
  root(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const facts = this.facts();
    void reply.header('vary', 'Accept');
    if (!prefersHtml(request)) {
      void reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(facts));
      return;
    }
    const place = { url: '/', fhirBase: this.fhir.base, docsUrl: this.fhir.docsUrl };
    const rows = Object.entries(facts).map(
      ([name, value]) =>
        html`<dt>${words[name] ?? name}</dt>
          <dd>${value.startsWith('http') ? html`<a href="${value}">${value}</a>` : value}</dd>`,
    );
    void reply.headers(pageHeaders).send(
      page(
        place,
        html`<p>
            This is a FHIR server. What it holds is for apps and people who are let in; every refusal says why, and what
            to do.
          </p>
          <dl>${rows}</dl>`,
      ),
    );
  }

  /** Open documents tell all of it, too. */
  private facts(): Readonly<Record<string, string>> {
    const { base, docsUrl, resourceMetadataUrl } = this.fhir;
    const { localIssuer, loginUrl, issuers } = this.auth;
    const issuer = localIssuer ?? issuers[0]?.issuer;
    return {
      software: `Lanyard ${serverVersion}`,
      fhirVersion: '4.0.1',
      fhirBase: base,
      metadata: `${base}/metadata`,
      smartConfiguration: `${base}/.well-known/smart-configuration`,
      protectedResource: resourceMetadataUrl,
      ...(issuer !== undefined && { issuer }),
      ...(loginUrl !== undefined && { login: loginUrl }),
      ...(this.console.isOn && { console: `${this.console.publicUrl}/console/` }),
      access: docsUrl,
      ...(this.openApi && { openapi: new URL('../openapi.json', docsUrl).href, api: new URL('api', docsUrl).href }),
    };
  }
}

const words: Readonly<Record<string, string>> = {
  software: 'Software',
  fhirVersion: 'FHIR version',
  fhirBase: 'FHIR base',
  metadata: 'Capabilities',
  smartConfiguration: 'SMART configuration',
  protectedResource: 'Resource metadata',
  issuer: 'Issuer of tokens',
  login: 'Login (POST)',
  console: 'Console',
  access: 'How access is decided',
  openapi: 'OpenAPI 3.1',
  api: 'The API, to look at',
};
