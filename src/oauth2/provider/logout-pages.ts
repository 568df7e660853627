import type { KoaContextWithOIDC } from 'oidc-provider';
import { Html, html } from '../../refusal/html.js';
import type { PageLooks } from '../pages/look.js';
import { page, pageHeaders } from '../pages/page.js';
import type { Words } from '../words/en.js';
import { uiLocalesOf } from './provider-errors.js';

/** Logout pages: oidc-provider brings the form with its token against forgery. */
export function logoutPages(looks: PageLooks) {
  const show = (
    ctx: KoaContextWithOIDC,
    title: (words: Words['logout']) => string,
    body: (words: Words['logout']) => Html,
  ) => {
    const look = looks.for(ctx.req.headers, uiLocalesOf(ctx));
    const { logout } = look.words;
    ctx.set(pageHeaders);
    ctx.body = page({ title: title(logout), look, body: body(logout) });
  };
  return {
    logoutSource: (ctx: KoaContextWithOIDC, form: string): void =>
      show(
        ctx,
        ({ title }) => title,
        (words) =>
          html`<h1>${words.question}</h1>
            <p>${words.lead}</p>
            ${new Html(form)}
            <p>
              <button type="submit" form="op.logoutForm" name="logout" value="yes">${words.yes}</button>
              <button type="submit" form="op.logoutForm" class="secondary">${words.no}</button>
            </p>`,
      ),
    postLogoutSuccessSource: (ctx: KoaContextWithOIDC): void =>
      show(
        ctx,
        ({ doneTitle }) => doneTitle,
        (words) =>
          html`<h1>${words.done}</h1>
            <p>${words.close}</p>`,
      ),
  };
}
