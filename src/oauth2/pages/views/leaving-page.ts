import { Html, html } from '../../../refusal/html.js';
import type { Look } from '../look.js';
import { formToken, page } from '../page.js';

/** The last answer to a form: it goes on to the app by itself. */
export const leavingPage = (look: Look, app: string, address: string): string => {
  const { leaving: words } = look.words;
  return page({
    title: words.title(app),
    look,
    forward: address,
    body: html`<h1>${words.title(app)}</h1>
      <p class="lead">${words.lead}</p>
      <p><a class="button wide-button" href="${address}">${words.button}</a></p>`,
  });
};

export interface DeadEndView {
  readonly look: Look;
  readonly action: string;
  readonly token: string;
  readonly title: string;
  readonly text: string | Html;
  readonly account: string;
}

/** The user cannot go on: as somebody else, or not at all. */
export const deadEndPage = ({ look, action, token, title, text, account }: DeadEndView): string => {
  const { form } = look.words;
  return page({
    title,
    look,
    body: html`<h1>${title}</h1>
      <p class="lead">${text}</p>
      <p class="soft">${form.signedInAs(account)}</p>
      <div class="actions">
        <form method="post" action="${action}/switch">
          ${formToken(token)}<button class="second wide-button">${form.useAnother}</button>
        </form>
        <form method="post" action="${action}/cancel">
          ${formToken(token)}<button class="wide-button">${form.backToApp}</button>
        </form>
      </div>`,
  });
};
