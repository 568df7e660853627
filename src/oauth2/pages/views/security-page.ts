import { renderSVG } from 'uqr';
import { Html, html } from '../../../refusal/html.js';
import type { FactorOverview } from '../../mfa/second-factors.js';
import { errorSummary, type FormError, formToken, invalid, page } from '../page.js';
import { accountHead, doneNotice } from './apps-page.js';
import { currentField } from './password-page.js';

export interface SecurityView {
  readonly host: string;
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

const passwordField = (errors: readonly FormError[], change: SecurityChange): Html =>
  currentField(errors, passwordFieldOf(change), 'Your password');

export function securityPage(view: SecurityView): string {
  const { factors, errors, codes, host, script } = view;
  const isOn = factors.totp || factors.passkeys.length > 0;
  return page({
    title: 'Sign-in security',
    host,
    wide: true,
    script,
    body: html`${accountHead(view, 'security')} ${doneNotice(view.done)} ${errorSummary(errors)}
      <h1>Sign-in security</h1>
      <p class="lead">A second step keeps your account safe even when somebody learns your password.</p>
      <p>
        Second step: ${isOn ? html`<span class="badge good">on</span>` : html`<span class="badge write">off</span>`}
      </p>
      ${codes === undefined ? '' : newCodes(codes)}
      ${
        view.elsewhere
          ? html`<p class="notice">You sign in at another server, so a second step is set up there.</p>`
          : html`${totpSection(view)} ${passkeySection(view)} ${isOn ? recoverySection(view) : ''}`
      }`,
  });
}

const newCodes = (codes: readonly string[]): Html =>
  html`<section class="notice" aria-labelledby="codes">
    <h2 id="codes">Your recovery codes</h2>
    <p>
      Write them down or print them now: they are shown this once. Each lets you in one time when your other second step
      is lost.
    </p>
    <ul class="codes">
      ${codes.map((code) => html`<li>${code}</li>`)}
    </ul>
  </section>`;

function totpSection({ action, token, factors, newTotp, errors }: SecurityView): Html {
  if (newTotp) {
    return html`<section class="app">
      <h2>Set up the authenticator app</h2>
      <ol>
        <li>Scan this picture with an authenticator app, or type the key below it.</li>
        <li>Enter the six digits that the app shows.</li>
      </ol>
      ${qrCode(newTotp.address)}
      <p>Key: <span class="secret">${newTotp.secret.replace(/(.{4})(?=.)/g, '$1 ')}</span></p>
      <form method="post" action="${action}/totp/confirm">
        ${formToken(token)}
        <div class="field">
          <label for="code">Code from the app</label>
          <input
            id="code"
            name="code"
            class="code"
            type="text"
            inputmode="numeric"
            autocomplete="one-time-code"
            required
            maxlength="10"
            ${invalid(errors, 'code')}
          />
        </div>
        ${passwordField(errors, 'totp')}
        <button>Turn on</button>
      </form>
    </section>`;
  }
  return html`<section class="app">
    <h2>Authenticator app ${factors.totp ? html`<span class="badge good">on</span>` : ''}</h2>
    <p class="soft">An app on your telephone shows a new code every 30 seconds.</p>
    <form method="post" action="${action}/totp/${factors.totp ? 'remove' : 'start'}">
      ${formToken(token)}
      ${factors.totp ? html`${passwordField(errors, 'totp')}<button class="danger">Remove authenticator app</button>` : html`<button class="second">Set up authenticator app</button>`}
    </form>
  </section>`;
}

function passkeySection({ action, token, factors, passkey, errors }: SecurityView): Html {
  return html`<section class="app">
    <h2>Passkeys and security keys</h2>
    <p class="soft">Your telephone, your computer or a key that you plug in proves that it is you.</p>
    ${
      factors.passkeys.length === 0
        ? ''
        : html`<ul class="list">
            ${factors.passkeys.map(
              ({ credentialId, label, createdAt }) =>
                html`<li class="row">
                  <span>${label} <span class="soft">since ${createdAt.toISOString().slice(0, 10)}</span></span>
                  <form method="post" action="${action}/passkey/remove">
                    ${formToken(token)}<input type="hidden" name="id" value="${credentialId}" />
                    ${passwordField(errors, `passkey-${credentialId}`)}
                    <button class="link">Remove<span class="sr"> ${label}</span></button>
                  </form>
                </li>`,
            )}
          </ul>`
    }
    <form method="post" action="${action}/passkey/add" data-passkey="create" data-options="${passkey}">
      ${formToken(token)}<input type="hidden" name="response" />
      <div class="field">
        <label for="label">Name of the new passkey</label>
        <input id="label" name="label" type="text" value="My device" maxlength="60" required autocomplete="off" />
      </div>
      ${passwordField(errors, 'passkey')}
      <button class="second">Add a passkey</button>
      <p class="soft" role="status" aria-live="polite" data-status></p>
    </form>
  </section>`;
}

const recoverySection = ({ action, token, factors, errors }: SecurityView): Html =>
  html`<section class="app">
    <h2>Recovery codes</h2>
    <p class="soft">${factors.recoveryCodesLeft} left. New codes replace the old ones.</p>
    <form method="post" action="${action}/recovery">
      ${formToken(token)} ${passwordField(errors, 'recovery')}
      <button class="second">Make new recovery codes</button>
    </form>
  </section>`;

/** As paths of an SVG in the page itself, so that the secret is sent nowhere. */
function qrCode(address: string): Html {
  const svg = renderSVG(address, { border: 2 });
  return new Html(svg.replace('<svg ', '<svg class="qr" role="img" aria-label="QR code for the authenticator app" '));
}
