import { randomBytes } from 'node:crypto';
import { Controller, Get, Inject, Param, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { consoleConfig } from './console-config.js';
import { consoleLogin, loginOrigins } from './console-login.js';
import { type ConsoleFile, ConsoleFiles } from './console-files.js';
import { CONSOLE_OPTIONS, type ConsoleOptions } from './console-options.js';
import { consoleHeaders, consolePage } from './console-page.js';
import { AUTH_OPTIONS, type AuthOptions } from '../auth/auth-options.js';
import { PublishedIssuer } from '../auth/issuers/published-issuer.js';
import { Public } from '../auth/public.decorator.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir/fhir-options.js';
import { FhirExceptionFilter } from '../fhir/http/fhir-exception.filter.js';
import { UnknownAddress } from '../r4/errors/request-errors.js';

const notBuilt = 'The console is not built. Run npm run build in the folder of the server.';

/** `/console`: the web console. It is a client like others; these addresses are its files, and open. */
@Public()
@Controller('console')
@UseFilters(FhirExceptionFilter)
export class ConsoleController {
  private readonly elsewhere: { readonly issuer: string; readonly published: PublishedIssuer } | undefined;

  constructor(
    private readonly files: ConsoleFiles,
    @Inject(CONSOLE_OPTIONS) private readonly options: ConsoleOptions,
    @Inject(FHIR_OPTIONS) private readonly fhir: FhirOptions,
    @Inject(AUTH_OPTIONS) private readonly auth: AuthOptions,
  ) {
    const { issuer } = consoleLogin(options, auth) ?? {};
    if (issuer !== undefined && issuer !== auth.localIssuer)
      this.elsewhere = { issuer, published: new PublishedIssuer(issuer) };
  }

  /** With a slash at the end the page; without one, the way there. */
  @Get()
  async root(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    this.requireOn();
    if (pathOf(request) === undefined) {
      void reply.header('cache-control', 'no-store').redirect('console/', 302);
      return;
    }
    await this.page(request, reply);
  }

  /** Where this server is, for a page that has to find out. */
  @Get('config.json')
  config(@Res() reply: FastifyReply): void {
    this.requireOn();
    void reply
      .headers({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
      .send(JSON.stringify(consoleConfig(this.options, this.fhir, this.auth)));
  }

  /** Licences of the libraries that its files are made of: they ask to go with each copy. */
  @Get('licenses.md')
  async licences(@Res() reply: FastifyReply): Promise<void> {
    this.requireOn();
    const text = await this.files.licences();
    if (text === undefined) throw new UnknownAddress(notBuilt);
    void reply.headers({ 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }).send(text);
  }

  /** Packages that the server runs with and that its files are made of (docs/adr/0124). */
  @Get('sbom.cdx.json')
  async billOfMaterials(@Req() { headers }: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    this.requireOn();
    const file = await this.files.billOfMaterials();
    if (!file) throw new UnknownAddress(notBuilt);
    sendFile(reply, headers, { ...file, type: 'application/vnd.cyclonedx+json' });
  }

  @Get('assets/:name')
  async asset(
    @Req() { headers }: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('name') name: string,
  ): Promise<void> {
    this.requireOn();
    const file = await this.files.asset(name);
    if (!file) throw new UnknownAddress('The console has no such file. It may have been replaced: load the page anew.');
    // Names have a hash of the content.
    void reply.header('cache-control', 'public, max-age=31536000, immutable');
    sendFile(reply, headers, file);
  }

  /** Every other address is one of the page. */
  @Get('*')
  async page(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    this.requireOn();
    const template = await this.files.page();
    if (template === undefined) throw new UnknownAddress(notBuilt);
    const nonce = randomBytes(16).toString('base64');
    const { elsewhere } = this;
    const asked = elsewhere ? loginOrigins(elsewhere.issuer, await elsewhere.published.metadata()) : [];
    void reply.headers(consoleHeaders(nonce, asked)).send(consolePage(template, pathOf(request) ?? '', nonce));
  }

  private requireOn(): void {
    if (!this.options.isOn)
      throw new UnknownAddress('The console of this server is off. Set CONSOLE=on and start the server anew.');
  }
}

function sendFile(reply: FastifyReply, headers: FastifyRequest['headers'], { type, content, gzip }: ConsoleFile): void {
  const zips = /\bgzip\b/.test(headers['accept-encoding'] ?? '');
  void reply
    .headers({
      'content-type': type,
      'x-content-type-options': 'nosniff',
      vary: 'Accept-Encoding',
      ...(zips && { 'content-encoding': 'gzip' }),
    })
    .send(zips ? gzip : content);
}

/** The path after `/console/`; undefined for `/console`. */
function pathOf({ url }: FastifyRequest): string | undefined {
  const [path = ''] = url.split('?', 1);
  return /^\/console\/(.*)$/.exec(path)?.[1];
}
