import { html } from '../../../refusal/html.js';
import { errorSummary, type FormError, formToken, invalid, page } from '../page.js';

export interface SecondFactorView {
  readonly host: string;
  readonly action: string;
  readonly token: string;
  readonly account: string;
  readonly hasApp: boolean;
  /** The options of a passkey, as JSON; undefined for accounts without. */
  readonly passkey?: string;
  readonly script: string;
  readonly errors: readonly FormError[];
}

export function secondFactorPage(view: SecondFactorView): string {
  const { host, action, token, account, hasApp, passkey, script, errors } = view;
  return page({
    title: 'Second step',
    host,
    ...(passkey !== undefined && { script }),
    body: html`${errorSummary(errors)}
      <h1>Second step</h1>
      <p class="lead">Your account <strong>${account}</strong> needs more than the password.</p>
      ${
        passkey === undefined
          ? ''
          : html`<form method="post" action="${action}/passkey" data-passkey="get" data-options="${passkey}">
                ${formToken(token)}<input type="hidden" name="response" />
                <button class="wide-button">Use passkey or security key</button>
                <p class="soft" role="status" aria-live="polite" data-status></p>
                <noscript><p class="soft">A passkey needs JavaScript; the codes below do not.</p></noscript>
              </form>
              <p class="or">or</p>`
      }
      <form method="post" action="${action}/code">
        ${formToken(token)}
        <div class="field">
          <label for="code">Code</label>
          <span class="hint" id="code-hint"
            >${hasApp ? 'The six digits that your authenticator app shows, or one of your recovery codes' : 'One of your recovery codes'}</span
          >
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
        <button class="wide-button ${passkey === undefined ? '' : 'second'}">Continue</button>
      </form>
      <form class="foot" method="post" action="${action}/switch">
        ${formToken(token)}<button class="link">Use another account</button>
      </form>`,
  });
}
