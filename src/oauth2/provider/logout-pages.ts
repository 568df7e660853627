import type { KoaContextWithOIDC } from 'oidc-provider';
import { Html, html } from '../../refusal/html.js';
import type { Oauth2Options } from '../oauth2-options.js';
import { page, pageHeaders } from '../pages/page.js';

/** Logout pages: oidc-provider brings the form with its token against forgery. */
export function logoutPages({ issuer }: Oauth2Options) {
  const { host } = new URL(issuer);
  const show = (ctx: KoaContextWithOIDC, title: string, body: Html): void => {
    ctx.set(pageHeaders);
    ctx.body = page({ title, host, body });
  };
  return {
    logoutSource: (ctx: KoaContextWithOIDC, form: string): void =>
      show(
        ctx,
        'Log out',
        html`<h1>Log out?</h1>
          <p>Apps that may only work while you are logged in stop working. What you allowed to stay connected stays.</p>
          ${new Html(form)}
          <p>
            <button type="submit" form="op.logoutForm" name="logout" value="yes">Log out</button>
            <button type="submit" form="op.logoutForm" class="secondary">Stay logged in</button>
          </p>`,
      ),
    postLogoutSuccessSource: (ctx: KoaContextWithOIDC): void =>
      show(
        ctx,
        'Logged out',
        html`<h1>You are logged out</h1>
          <p>You can close this window.</p>`,
      ),
  };
}
