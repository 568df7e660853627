import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { noteForAudit } from '../../../audit/audit-note.js';
import { auditedCaller } from '../../../audit/audit-record.js';
import { Authenticator } from '../../../auth/authenticator.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from '../../oauth2-options.js';
import { introspected } from './introspected.js';
import { TokenIntrospection } from './token-introspection.js';

export interface IntrospectionResponse {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Callers who may introspect without being a client: the bearer of a token, and under the autopilot anybody. */
@Injectable()
export class IntrospectionCallers {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly introspection: TokenIntrospection,
    @Inject(OAUTH2_OPTIONS) private readonly options: Oauth2Options,
  ) {}

  /** Undefined when the caller says that it is a client, or nothing: that is for the client authentication to judge. */
  async answer(request: FastifyRequest, form: URLSearchParams): Promise<IntrospectionResponse | undefined> {
    const [token = '', ...others] = form.getAll('token');
    if (token === '' || others.length > 0) return undefined;
    const { authorization } = request.headers;
    if (authorization !== undefined && /^bearer /i.test(authorization)) return this.answerToBearer(request, token);
    const isNobody = authorization === undefined && !form.has('client_id') && !form.has('client_assertion');
    if (this.options.autopilot === undefined || !isNobody) return undefined;
    const body = await this.introspection.answer(token);
    noteForAudit(request, { event: 'introspection', outcome: '0', ...introspected(body) });
    return { status: 200, body };
  }

  private async answerToBearer(request: FastifyRequest, token: string): Promise<IntrospectionResponse> {
    const { raw, url, method, ip: remoteAddress } = request;
    const source = { rawHeaders: raw.rawHeaders, url, method, remoteAddress };
    const found = await this.authenticator.authenticate(source);
    if ('principal' in found) {
      const body = await this.introspection.answerToBearer(found.principal, token);
      const caller = auditedCaller(found.principal);
      noteForAudit(request, { event: 'introspection', outcome: '0', caller, ...introspected(body) });
      return { status: 200, body };
    }
    const reasons = found.refusals.map(({ code, fact }) => ({ code, fact }));
    noteForAudit(request, { event: 'introspection', outcome: '8', reasons });
    const codes = found.refusals.map(({ code }) => code).join('; ');
    const challenge = `Bearer error="invalid_token", error_description="${codes}"`;
    return {
      status: found.status ?? 401,
      body: { error: 'invalid_token', error_description: codes },
      headers: { 'www-authenticate': challenge },
    };
  }
}
