import { type Html, html } from '../../../refusal/html.js';
import type { Look } from '../look.js';
import { errorSummary, type FormError, formToken, invalid, page } from '../page.js';

export interface SecondFactorView {
  readonly look: Look;
  readonly action: string;
  readonly token: string;
  readonly account: string;
  readonly hasApp: boolean;
  /** The options of a passkey, as JSON; undefined for accounts without. */
  readonly passkey?: string;
  readonly script: string;
  readonly errors: readonly FormError[];
}

/** Data for the script for passkeys, as attributes of its form. */
export const passkeyTexts = ({ words: { passkeyScript: words } }: Look): Html =>
  html`data-follow="${words.follow}" data-known="${words.known}" data-failed="${words.failed}"`;

export function secondFactorPage(view: SecondFactorView): string {
  const { look, action, token, account, hasApp, passkey, script, errors } = view;
  const { secondStep: words, form } = look.words;
  return page({
    title: words.title,
    look,
    errors,
    ...(passkey !== undefined && { script }),
    body: html`${errorSummary(look, errors)}
      <h1>${words.title}</h1>
      <p class="lead">${words.lead(html`<strong>${account}</strong>`)}</p>
      ${passkeyForm(view)}
      <form method="post" action="${action}/code">
        ${formToken(token)}
        <div class="field">
          <label for="code">${words.code}</label>
          <span class="hint" id="code-hint">${hasApp ? words.codeOfApp : words.codeOfRecovery}</span>
          <input
            id="code"
            name="code"
            class="code"
            type="text"
            autocomplete="one-time-code"
            autocapitalize="none"
            spellcheck="false"
            required
            maxlength="40"
            ${invalid(errors, 'code')}
          />
        </div>
        <button class="wide-button ${passkey === undefined ? '' : 'second'}">${words.button}</button>
      </form>
      <form class="foot" method="post" action="${action}/switch">
        ${formToken(token)}<button class="link">${form.useAnother}</button>
      </form>`,
  });
}

function passkeyForm({ look, action, token, passkey }: SecondFactorView): Html | string {
  if (passkey === undefined) return '';
  const { secondStep: words, form } = look.words;
  return html`<form
      method="post"
      action="${action}/passkey"
      data-passkey="get"
      data-options="${passkey}"
      ${passkeyTexts(look)}
    >
      ${formToken(token)}<input type="hidden" name="response" />
      <button class="wide-button">${words.passkey}</button>
      <p class="soft" role="status" aria-live="polite" data-status></p>
      <noscript><p class="soft">${words.needsScript}</p></noscript>
    </form>
    <p class="or">${form.or}</p>`;
}
