import { Controller, Get, Header, Inject, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AUTH_OPTIONS, type AuthOptions } from '../../auth/auth-options.js';
import { Public } from '../../auth/public.decorator.js';
import { tokenIssuers } from '../../fhir/http/documents/token-issuers.js';
import { UnknownAddress } from '../../r4/errors/request-errors.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../oauth2-options.js';
import { smartStyle, styleFile } from '../provider/smart-style.js';
import { serverMetadata } from './server-metadata.js';

type Metadata = ReturnType<typeof serverMetadata>;

/** Documents about the authorization server, for anybody and from every origin; below its own path. */
@Public()
@Controller()
export class ServerMetadataController {
  constructor(@Inject(AUTH_OPTIONS) private readonly auth: AuthOptions) {}

  @Get(['.well-known/openid-configuration', '.well-known/oauth-authorization-server'])
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', 'public, max-age=300')
  metadata(): Metadata {
    return metadataOf(this.auth);
  }

  /** The style never changes: another one gets another address. */
  @Get(styleFile)
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', 'public, max-age=31536000, immutable')
  style(): typeof smartStyle {
    return smartStyle;
  }
}

/** RFC 8414 section 3 puts the well-known part before the issuer's path; some clients of OpenID Connect do so too. */
@Public()
@Controller()
export class InsertedMetadataController {
  constructor(
    @Inject(AUTH_OPTIONS) private readonly auth: AuthOptions,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {}

  @Get(['.well-known/oauth-authorization-server/*', '.well-known/openid-configuration/*'])
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', 'public, max-age=300')
  metadata(@Req() { url }: FastifyRequest): Metadata {
    const [path = ''] = url.split('?', 1);
    const issuerPath = path.replace(/^\/\.well-known\/[^/]*/, '').replace(/\/$/, '');
    const { issuer, basePath } = this.options;
    if (issuerPath === basePath || issuerPath === new URL(issuer).pathname) return metadataOf(this.auth);
    throw new UnknownAddress('There is no authorization server of that path here.');
  }
}

function metadataOf(auth: AuthOptions): Metadata {
  if (auth.authorizationServer === undefined) throw new UnknownAddress('There is no authorization server here.');
  return serverMetadata(auth.authorizationServer, tokenIssuers(auth));
}
