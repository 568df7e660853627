import { renderSVG } from 'uqr';
import { Html, html } from '../../../refusal/html.js';
import type { FactorOverview } from '../../mfa/second-factors.js';
import { dayIn } from '../../words/dates.js';
import type { Look } from '../look.js';
import { errorSummary, type FormError, formToken, invalid, page } from '../page.js';
import { accountHead, doneNotice } from './apps-page.js';
import { currentField } from './password-page.js';
import { passkeyTexts } from './second-factor-page.js';

export interface SecurityView {
  readonly look: Look;
  readonly action: string;
  readonly token: string;
  readonly account: string;
  readonly factors: FactorOverview;
  /** A TOTP secret that waits for its first code. */
  readonly newTotp?: { readonly secret: string; readonly address: string };
  /** The options for a new passkey, as JSON. */
  readonly passkey: string;
  readonly script: string;
  /** Recovery codes that were just made: shown now and never again. */
  readonly codes?: readonly string[];
  readonly done?: string;
  /** The user signs in at another server, which asks for whatever it wants. */
  readonly elsewhere: boolean;
  readonly errors: readonly FormError[];
}

/** Changes by forms; the password field of a form has the id `current-…`. */
export type SecurityChange = 'totp' | 'passkey' | 'recovery' | `passkey-${string}`;

export const passwordFieldOf = (change: SecurityChange): string => `current-${change}`;

const passwordField = ({ look, errors }: SecurityView, change: SecurityChange): Html =>
  currentField(errors, look.words.password.yours, passwordFieldOf(change));

export function securityPage(view: SecurityView): string {
  const { factors, errors, codes, look, script } = view;
  const { security: words } = look.words;
  const isOn = factors.totp || factors.passkeys.length > 0;
  return page({
    title: words.title,
    look,
    errors,
    wide: true,
    script,
    body: html`${accountHead(view, 'security')} ${doneNotice(view.done)} ${errorSummary(look, errors)}
      <h1>${words.title}</h1>
      <p class="lead">${words.lead}</p>
      <p>
        ${words.secondStep}
        ${isOn ? html`<span class="badge good">${words.on}</span>` : html`<span class="badge write">${words.off}</span>`}
      </p>
      ${codes === undefined ? '' : newCodes(look, codes)}
      ${
        view.elsewhere
          ? html`<p class="notice">${words.elsewhere}</p>`
          : html`${totpSection(view)} ${passkeySection(view)} ${isOn ? recoverySection(view) : ''}`
      }`,
  });
}

const newCodes = ({ words: { security: words } }: Look, codes: readonly string[]): Html =>
  html`<section class="notice" aria-labelledby="codes">
    <h2 id="codes">${words.codes}</h2>
    <p>${words.codesLead}</p>
    <ul class="codes">
      ${codes.map((code) => html`<li>${code}</li>`)}
    </ul>
  </section>`;

function totpSection(view: SecurityView): Html {
  const { look, action, token, factors, newTotp } = view;
  const { security: words } = look.words;
  if (newTotp) {
    return html`<section class="app">
      <h2>${words.setUpApp}</h2>
      <ol>
        <li>${words.scan}</li>
        <li>${words.enter}</li>
      </ol>
      ${qrCode(look, newTotp.address)}
      <p>${words.key} <span class="secret">${newTotp.secret.replace(/(.{4})(?=.)/g, '$1 ')}</span></p>
      <form method="post" action="${action}/totp/confirm">
        ${formToken(token)}
        <div class="field">
          <label for="code">${words.codeFromApp}</label>
          <input
            id="code"
            name="code"
            class="code"
            type="text"
            inputmode="numeric"
            autocomplete="one-time-code"
            required
            maxlength="10"
            ${invalid(view.errors, 'code')}
          />
        </div>
        ${passwordField(view, 'totp')}
        <button>${words.turnOn}</button>
      </form>
    </section>`;
  }
  return html`<section class="app">
    <h2>${words.app} ${factors.totp ? html`<span class="badge good">${words.on}</span>` : ''}</h2>
    <p class="soft">${words.appLead}</p>
    <form method="post" action="${action}/totp/${factors.totp ? 'remove' : 'start'}">
      ${formToken(token)}
      ${factors.totp ? html`${passwordField(view, 'totp')}<button class="danger">${words.removeApp}</button>` : html`<button class="second">${words.startApp}</button>`}
    </form>
  </section>`;
}

function passkeySection(view: SecurityView): Html {
  const { look, action, token, passkey } = view;
  const { security: words } = look.words;
  return html`<section class="app">
    <h2>${words.passkeys}</h2>
    <p class="soft">${words.passkeysLead}</p>
    ${passkeyList(view)}
    <form
      method="post"
      action="${action}/passkey/add"
      data-passkey="create"
      data-options="${passkey}"
      ${passkeyTexts(look)}
    >
      ${formToken(token)}<input type="hidden" name="response" />
      <div class="field">
        <label for="label">${words.newPasskey}</label>
        <input
          id="label"
          name="label"
          type="text"
          value="${words.myDevice}"
          maxlength="60"
          required
          autocomplete="off"
        />
      </div>
      ${passwordField(view, 'passkey')}
      <button class="second">${words.addPasskey}</button>
      <p class="soft" role="status" aria-live="polite" data-status></p>
    </form>
  </section>`;
}

function passkeyList(view: SecurityView): Html | string {
  const { look, action, token, factors } = view;
  const { security: words } = look.words;
  if (factors.passkeys.length === 0) return '';
  return html`<ul class="list">
    ${factors.passkeys.map(
      ({ credentialId, label, createdAt }) =>
        html`<li class="row">
          <span>${label} <span class="soft">${words.since(dayIn(look.locale, createdAt.toISOString()))}</span></span>
          <form method="post" action="${action}/passkey/remove">
            ${formToken(token)}<input type="hidden" name="id" value="${credentialId}" />
            ${passwordField(view, `passkey-${credentialId}`)}
            <button class="link">${words.remove}<span class="sr"> ${label}</span></button>
          </form>
        </li>`,
    )}
  </ul>`;
}

function recoverySection(view: SecurityView): Html {
  const { look, action, token, factors } = view;
  const { security: words } = look.words;
  return html`<section class="app">
    <h2>${words.recovery}</h2>
    <p class="soft">${words.recoveryLeft(factors.recoveryCodesLeft)}</p>
    <form method="post" action="${action}/recovery">
      ${formToken(token)} ${passwordField(view, 'recovery')}
      <button class="second">${words.newCodes}</button>
    </form>
  </section>`;
}

/** As paths of an SVG in the page itself, so that the secret is sent nowhere. */
function qrCode({ words }: Look, address: string): Html {
  const svg = renderSVG(address, { border: 2 });
  const label = html`<svg class="qr" role="img" aria-label="${words.security.qr}" `;
  return new Html(svg.replace('<svg ', label.text));
}
