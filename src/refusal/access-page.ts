import { createHash } from 'node:crypto';
import { accessReasons } from './access-reasons.js';
import { decisionPicture } from './access-picture.js';
import { recipes } from './access-recipes.js';
import { pageStyle } from './access-style.js';
import type { RefusalLinks } from './challenge.js';
import { credentialReasons } from './credential-reasons.js';
import { Html, html } from './html.js';
import { withholdingReasons } from './withholding-reasons.js';
import { grantReasons } from './grant-reasons.js';
import { loginReasons } from './login-reasons.js';
import type { Reason } from './reason.js';
import { tokenReasons } from './token-reasons.js';

// Apart from the page, where a formatter would add blanks that the hash does not know.
const style = new Html(`<style>${pageStyle}</style>`);

/** What a browser may do with the page: show it. */
export const accessPageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(pageStyle).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'public, max-age=300',
};

const families: readonly (readonly [title: string, family: Readonly<Record<string, Reason>>])[] = [
  ['How credentials are sent', credentialReasons],
  ['The token', tokenReasons],
  ['Login', loginReasons],
  ['The authorization server', grantReasons],
  ['What a valid token permits', accessReasons],
  ['Security labels, Consents, breaking the glass', withholdingReasons],
];

/** The open page `/docs/access`: every reason with an anchor of its code, from the vocabulary that refusals use. */
export function accessPage(links: RefusalLinks): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Access to this FHIR server</title>
        ${style}
      </head>
      <body>
        <header>
          <h1>Access to this FHIR server</h1>
          <p>
            A refusal names every check that failed, by a code. This page says what each code means and what to do. The
            same facts stand in the answer itself: an OperationOutcome with one issue for each check, and the header
            <code>WWW-Authenticate</code>.
          </p>
          <p>FHIR base: <code>${links.fhirBase}</code></p>
        </header>
        <main>
          <section aria-labelledby="decision">
            <h2 id="decision">How a request is decided</h2>
            ${decisionPicture()}
            <p>
              <strong>401</strong>: get another token. <strong>403</strong>: get other scopes or another patient; a new
              token with the same scopes will not help. <strong>404</strong>: the resource does not exist, or it is not
              yours to see; the two are never told apart.
            </p>
          </section>
          <section aria-labelledby="recipes">
            <h2 id="recipes">Recipes</h2>
            ${recipes(links)}
          </section>
          <nav aria-labelledby="codes">
            <h2 id="codes">All codes</h2>
            <ul class="codes">
              ${families.flatMap(([, family]) => Object.keys(family)).map((code) => html`<li><a href="#${code}">${code}</a></li>`)}
            </ul>
          </nav>
          ${families.map(([title, family]) => familySection(title, family))}
        </main>
      </body>
    </html> `.text;
}

const familySection = (title: string, family: Readonly<Record<string, Reason>>): Html =>
  html`<section>
    <h2>${title}</h2>
    ${Object.entries(family).map(([code, reason]) => reasonArticle(code, reason))}
  </section>`;

const reasonArticle = (code: string, { title, meaning, cure, status }: Reason): Html =>
  html`<article id="${code}">
    <h3>
      <a href="#${code}"><code>${code}</code></a> <span class="status">${status}</span>
    </h3>
    <p><strong>${title}.</strong> ${meaning}</p>
    <p class="cure">${cure}</p>
  </article>`;
