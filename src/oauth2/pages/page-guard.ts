import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LOCAL_AUTH_OPTIONS, type LocalAuthOptions } from '../../auth/accounts/local-auth.options.js';
import { ServerSecrets } from '../../database/server-secrets.js';
import { readCookie, writeCookie } from './page-cookies.js';
import { PageForm } from './page-form.js';
import { PageRefused } from './page-refused.js';

/**
 * Forms count only from a page that was sent to this browser for this purpose: their token is bound to both. Browsers that
 * say where a request comes from are believed when they say "elsewhere".
 */
@Injectable()
export class PageGuard {
  readonly path: string;
  private readonly secure: boolean;
  private readonly cookie: string;
  private key: Buffer | undefined;

  constructor(
    private readonly secrets: ServerSecrets,
    @Inject(LOCAL_AUTH_OPTIONS) { issuer }: LocalAuthOptions,
  ) {
    const { pathname, protocol } = new URL(issuer);
    this.path = pathname;
    this.secure = protocol === 'https:';
    this.cookie = this.secure ? '__Secure-lanyard_form' : 'lanyard_form';
  }

  /** For the forms of one page; `place`: the interaction or session that they act on. */
  async tokenFor(place: string, request: FastifyRequest, reply: FastifyReply): Promise<string> {
    let browser = readCookie(request.headers.cookie, this.cookie);
    if (browser === undefined) {
      browser = randomBytes(24).toString('base64url');
      const { path, secure, cookie } = this;
      void reply.header('set-cookie', writeCookie({ name: cookie, value: browser, path, secure }));
    }
    return this.sign(place, browser);
  }

  /** The fields of a form. Throws when it is not one of ours. */
  async read(place: string, request: FastifyRequest, body: unknown): Promise<PageForm> {
    const site = request.headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin') throw forged();
    const form = new PageForm(body);
    const browser = readCookie(request.headers.cookie, this.cookie);
    if (browser === undefined) throw forged();
    const expected = Buffer.from(await this.sign(place, browser));
    const sent = Buffer.from(form.text('form_token'));
    if (sent.length !== expected.length || !timingSafeEqual(sent, expected)) throw forged();
    return form;
  }

  private async sign(place: string, browser: string): Promise<string> {
    this.key ??= await this.secrets.get('page-forms');
    return createHmac('sha256', this.key)
      .update(JSON.stringify([place, browser]))
      .digest('base64url');
  }
}

const forged = (): PageRefused => new PageRefused(403, ({ failures }) => failures.forged, 'form-not-ours');
