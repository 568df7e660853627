import { Html, html } from '../../../refusal/html.js';
import type { Look } from '../look.js';
import { errorSummary, type FormError, formToken, invalid, page } from '../page.js';
import { accountHead, doneNotice } from './apps-page.js';

interface PasswordForm {
  readonly look: Look;
  /** Address that the form is sent to. */
  readonly target: string;
  readonly token: string;
  readonly account: string;
  readonly errors: readonly FormError[];
}

export interface AccountPasswordView extends PasswordForm {
  /** The address of "My apps". */
  readonly apps: string;
  /** Address that ends all sessions. */
  readonly sessions: string;
  /** The change that was just made. */
  readonly done?: string;
  /** The user signs in at another server, so there is no password to change here. */
  readonly elsewhere: boolean;
}

/** Page where users change their own password. */
export const accountPasswordPage = (view: AccountPasswordView): string => {
  const { look } = view;
  const { password: words } = look.words;
  return page({
    title: words.title,
    look,
    errors: view.errors,
    wide: true,
    body: html`${accountHead({ ...view, action: view.apps }, 'password')} ${doneNotice(view.done)}
      ${errorSummary(look, view.errors)}
      <h1>${words.title}</h1>
      ${
        view.elsewhere
          ? html`<p class="notice">${words.elsewhere}</p>`
          : html`<p class="lead">${words.lead}</p>
              ${passwordForm(view, currentField(view.errors, words.current), words.change)}`
      }
      <h2>${words.everywhere}</h2>
      <p>${words.everywhereLead}</p>
      <form method="post" action="${view.sessions}">
        ${formToken(view.token)}<button class="danger">${words.everywhere}</button>
      </form>`,
  });
};

/** Page after a login with a one-time password, and behind a link of an administrator. */
export const newPasswordPage = (view: PasswordForm & { readonly why: string }): string => {
  const { look } = view;
  const { password: words } = look.words;
  return page({
    title: words.choose,
    look,
    errors: view.errors,
    body: html`${errorSummary(look, view.errors)}
      <h1>${words.choose}</h1>
      <p class="lead">${view.why}</p>
      ${passwordForm(view, '', words.save)}`,
  });
};

export const passwordChosenPage = (look: Look, apps: string): string => {
  const { password: words, login } = look.words;
  return page({
    title: words.saved,
    look,
    body: html`<h1>${words.saved}</h1>
      <p class="lead">${words.savedLead}</p>
      <p><a class="button wide-button" href="${apps}">${login.button}</a></p>`,
  });
};

function passwordForm(
  { look, target, token, account, errors }: PasswordForm,
  current: Html | string,
  button: string,
): Html {
  const { password: words, login } = look.words;
  return html`<form method="post" action="${target}">
    ${formToken(token)}
    <label hidden
      >${login.name} <input type="text" name="username" value="${account}" autocomplete="username" readonly
    /></label>
    ${current}
    <div class="field">
      <label for="new">${words.fresh}</label>
      <span class="hint" id="new-hint">${words.hint}</span>
      ${passwordInput('new', 'new-password', errors)}
    </div>
    <div class="field">
      <label for="repeat">${words.again}</label>
      ${passwordInput('repeat', 'new-password', errors)}
    </div>
    <button class="wide-button">${button}</button>
  </form>`;
}

/** The field `current`, for whatever a session alone does not allow; `id` tells several of them on a page apart. */
export const currentField = (errors: readonly FormError[], label: string, id = 'current'): Html =>
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
