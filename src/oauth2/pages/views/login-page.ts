import { Html, html } from '../../../refusal/html.js';
import type { Look } from '../look.js';
import { errorSummary, type FormError, formToken, invalid, page } from '../page.js';

export interface LoginView {
  readonly look: Look;
  readonly action: string;
  readonly token: string;
  /** Name of the app that sent the user here; undefined on the user's own pages. */
  readonly app?: string;
  readonly providers: readonly { readonly name: string; readonly address: string }[];
  readonly name: string;
  readonly errors: readonly FormError[];
  /** True if the user can go back to the app without logging in. */
  readonly canCancel: boolean;
  /** For users who log in elsewhere, where that cannot be begun from this page. */
  readonly hint?: string;
}

export function loginPage(view: LoginView): string {
  const { look, action, token, app, providers, name, errors, canCancel, hint } = view;
  const { login: words, form } = look.words;
  return page({
    title: words.title,
    look,
    errors,
    body: html`${errorSummary(look, errors)}
      <h1>${words.title}</h1>
      <p class="lead">${app === undefined ? words.leadOwn : words.leadApp(html`<strong>${app}</strong>`)}</p>
      <form method="post" action="${action}/login">
        ${formToken(token)}
        <div class="field">
          <label for="name">${words.name}</label>
          <input
            id="name"
            name="name"
            type="text"
            value="${name}"
            autocomplete="username"
            autocapitalize="none"
            spellcheck="false"
            required
            maxlength="256"
            ${invalid(errors, 'name')}
          />
        </div>
        <div class="field">
          <label for="password">${words.password}</label>
          <input
            id="password"
            name="password"
            type="password"
            autocomplete="current-password"
            required
            maxlength="1024"
            ${invalid(errors, 'password')}
          />
        </div>
        <button class="wide-button">${words.button}</button>
      </form>
      ${providerLinks(look, providers)} ${hint === undefined ? '' : html`<p class="soft">${hint}</p>`}
      ${canCancel ? html`<form class="foot" method="post" action="${action}/cancel">${formToken(token)}<button class="link">${form.cancel}</button></form>` : ''}`,
  });
}

const providerLinks = ({ words }: Look, providers: LoginView['providers']): Html | string =>
  providers.length === 0
    ? ''
    : html`<p class="or">${words.form.or}</p>
        <div class="stack">
          ${providers.map(({ name, address }) => html`<a class="button wide-button" href="${address}">${words.login.provider(name)}</a>`)}
        </div>`;
