import { Html, html } from '../../../refusal/html.js';
import { errorSummary, type FormError, formToken, invalid, page } from '../page.js';

export interface LoginView {
  readonly host: string;
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
  const { host, action, token, app, providers, name, errors, canCancel, hint } = view;
  return page({
    title: 'Sign in',
    host,
    body: html`${errorSummary(errors)}
      <h1>Sign in</h1>
      <p class="lead">
        ${app === undefined ? 'To see which apps can use your data, and to manage your account.' : html`<strong>${app}</strong> asks for access to health data. Sign in to decide about it.`}
      </p>
      <form method="post" action="${action}/login">
        ${formToken(token)}
        <div class="field">
          <label for="name">User name</label>
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
          <label for="password">Password</label>
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
        <button class="wide-button">Sign in</button>
      </form>
      ${providerLinks(providers)} ${hint === undefined ? '' : html`<p class="soft">${hint}</p>`}
      ${canCancel ? html`<form class="foot" method="post" action="${action}/cancel">${formToken(token)}<button class="link">Cancel, go back to the app</button></form>` : ''}`,
  });
}

const providerLinks = (providers: LoginView['providers']): Html | string =>
  providers.length === 0
    ? ''
    : html`<p class="or">or</p>
        <div class="stack">
          ${providers.map(({ name, address }) => html`<a class="button wide-button" href="${address}">Continue with ${name}</a>`)}
        </div>`;
