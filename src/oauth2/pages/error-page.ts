import { html } from '../../refusal/html.js';
import { page } from './page.js';

/** Something that ended a login and cannot be told to the app. Texts of our own only, nothing that a request brought. */
export interface PageFailure {
  readonly title: string;
  readonly fact: string;
  /** Says who has to do what. */
  readonly cure: string;
  /** Detail for the developer of the app. */
  readonly detail?: string;
  /** The OAuth error or the reason code. */
  readonly code?: string;
  readonly requestId: string;
}

/** The page for it; send it with `pageHeaders`. */
export const errorPage = (host: string, { title, fact, cure, detail, code, requestId }: PageFailure): string =>
  page({
    title,
    host,
    body: html`<h1>${title}</h1>
      <p>${fact}</p>
      <div class="notice">
        <h2>What to do</h2>
        <p>${cure}</p>
      </div>
      <dl class="facts-list soft">
        ${
          detail === undefined
            ? ''
            : html`<dt>For developers</dt>
                <dd>${detail}</dd>`
        }
        ${
          code === undefined
            ? ''
            : html`<dt>Error</dt>
                <dd><code>${code}</code></dd>`
        }
        <dt>Request</dt>
        <dd><code>${requestId}</code></dd>
      </dl>
      <p class="soft">If you ask for help, tell the request number: the server's log has it, too.</p>`,
  });
