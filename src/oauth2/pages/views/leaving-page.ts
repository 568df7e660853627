import { Html, html } from '../../../refusal/html.js';
import type { FormError } from '../page.js';
import { formToken, page } from '../page.js';

/** The last answer to a form: it goes on to the app by itself. */
export const leavingPage = (host: string, app: string, address: string): string =>
  page({
    title: `Back to ${app}`,
    host,
    forward: address,
    body: html`<h1>Back to ${app}</h1>
      <p class="lead">You are on your way.</p>
      <p><a class="button wide-button" href="${address}">Continue</a></p>`,
  });

export interface DeadEndView {
  readonly host: string;
  readonly action: string;
  readonly token: string;
  readonly title: string;
  readonly text: string | Html;
  readonly account: string;
  readonly errors?: readonly FormError[];
}

/** The user cannot go on: as somebody else, or not at all. */
export const deadEndPage = ({ host, action, token, title, text, account }: DeadEndView): string =>
  page({
    title,
    host,
    body: html`<h1>${title}</h1>
      <p class="lead">${text}</p>
      <p class="soft">Signed in as ${account}.</p>
      <div class="actions">
        <form method="post" action="${action}/switch">
          ${formToken(token)}<button class="second wide-button">Use another account</button>
        </form>
        <form method="post" action="${action}/cancel">
          ${formToken(token)}<button class="wide-button">Back to the app</button>
        </form>
      </div>`,
  });
