import { Html, html } from '../../../refusal/html.js';
import { errorSummary, type FormError, formToken, invalid, page } from '../page.js';
import { accountHead, doneNotice } from './apps-page.js';

interface PasswordForm {
  readonly host: string;
  /** Address that the form is sent to. */
  readonly target: string;
  readonly token: string;
  readonly account: string;
  readonly errors: readonly FormError[];
}

export interface AccountPasswordView extends PasswordForm {
  /** The address of "My apps". */
  readonly apps: string;
  /** The change that was just made. */
  readonly done?: string;
  /** The user signs in at another server, so there is no password to change here. */
  readonly elsewhere: boolean;
}

/** Page where users change their own password. */
export const accountPasswordPage = (view: AccountPasswordView): string =>
  page({
    title: 'Password',
    host: view.host,
    wide: true,
    body: html`${accountHead({ ...view, action: view.apps }, 'password')} ${doneNotice(view.done)}
      ${errorSummary(view.errors)}
      <h1>Password</h1>
      ${
        view.elsewhere
          ? html`<p class="notice">You sign in at another server, so your password is there.</p>`
          : html`<p class="lead">A new password signs you out everywhere else, and ends the access of all your apps.</p>
              ${passwordForm(view, currentField(view.errors), 'Change password')}`
      }`,
  });

/** Tells users with a one-time password why they have to choose another one. */
export const oneTimeWords = 'The password that you were given works only once. Choose one that you alone know.';

/** Page after a login with a one-time password, and behind a link of an administrator. */
export const newPasswordPage = (view: PasswordForm & { readonly why: string }): string =>
  page({
    title: 'Choose a password',
    host: view.host,
    body: html`${errorSummary(view.errors)}
      <h1>Choose a password</h1>
      <p class="lead">${view.why}</p>
      ${passwordForm(view, '', 'Save password')}`,
  });

export const passwordChosenPage = (host: string, apps: string): string =>
  page({
    title: 'Password saved',
    host,
    body: html`<h1>Password saved</h1>
      <p class="lead">From now on your new password counts. Whoever was signed in with the old one is signed out.</p>
      <p><a class="button wide-button" href="${apps}">Sign in</a></p>`,
  });

const passwordForm = ({ target, token, account, errors }: PasswordForm, current: Html | string, button: string): Html =>
  html`<form method="post" action="${target}">
    ${formToken(token)}
    <label hidden
      >User name <input type="text" name="username" value="${account}" autocomplete="username" readonly
    /></label>
    ${current}
    <div class="field">
      <label for="new">New password</label>
      <span class="hint" id="new-hint">Eight characters or more, and not easy to guess: several words do well.</span>
      ${passwordInput('new', 'new-password', errors)}
    </div>
    <div class="field">
      <label for="repeat">New password again</label>
      ${passwordInput('repeat', 'new-password', errors)}
    </div>
    <button class="wide-button">${button}</button>
  </form>`;

/** The field `current`, for whatever a session alone does not allow; `id` tells several of them on a page apart. */
export const currentField = (errors: readonly FormError[], id = 'current', label = 'Current password'): Html =>
  html`<div class="field">
    <label for="${id}">${label}</label>
    ${passwordInput('current', 'current-password', errors, id)}
  </div>`;

const passwordInput = (name: string, autocomplete: string, errors: readonly FormError[], id = name): Html =>
  html`<input
    id="${id}"
    name="${name}"
    type="password"
    autocomplete="${autocomplete}"
    required
    maxlength="1024"
    ${invalid(errors, id)}
  />`;
