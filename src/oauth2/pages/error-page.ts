import { html } from '../../refusal/html.js';
import type { Explained, Words } from '../words/en.js';
import { page } from './page.js';
import type { Look } from './look.js';

/** Something that ended a login and cannot be told to the app. Texts of our own only, nothing that a request brought. */
export interface PageFailure {
  /** Says what happened, and who has to do what. */
  readonly explain: (words: Words) => Explained;
  /** Detail for the developer of the app, in English. */
  readonly detail?: string;
  /** The OAuth error or the reason code. */
  readonly code?: string;
  readonly requestId: string;
}

/** The page for it; send it with the `pageHeaders`. */
export function errorPage(look: Look, { explain, detail, code, requestId }: PageFailure): string {
  const { errors } = look.words;
  const [title, fact, cure] = explain(look.words);
  return page({
    title,
    look,
    body: html`<h1>${title}</h1>
      <p>${fact}</p>
      <div class="notice">
        <h2>${errors.whatToDo}</h2>
        <p>${cure}</p>
      </div>
      <dl class="facts-list soft">
        ${
          detail === undefined || detail === fact
            ? ''
            : html`<dt>${errors.forDevelopers}</dt>
                <dd lang="en">${detail}</dd>`
        }
        ${
          code === undefined
            ? ''
            : html`<dt>${errors.error}</dt>
                <dd><code>${code}</code></dd>`
        }
        <dt>${errors.request}</dt>
        <dd><code>${requestId}</code></dd>
      </dl>
      <p class="soft">${errors.help}</p>`,
  });
}
