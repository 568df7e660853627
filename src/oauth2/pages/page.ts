import { createHash } from 'node:crypto';
import { Html, html } from '../../refusal/html.js';
import type { Saying } from '../words/languages.js';
import type { Look } from './look.js';
import { pageStyle } from './page-style.js';

// Apart from the page, where a formatter would add blanks that the hash does not know.
const style = new Html(`<style>${pageStyle}</style>`);
const styleHash = createHash('sha256').update(pageStyle).digest('base64');
const icon =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='8' fill='%230f5e9c'/%3E%3Cpath d='M11 4l5 9 5-9M10 13h12v13H10z' fill='none' stroke='%23fff' stroke-width='2.5' stroke-linejoin='round'/%3E%3C/svg%3E";

/**
 * Rights of a page in the browser: show it, and send its forms here. Browsers hold redirects after a form to
 * `form-action` too, so the last form of a login is answered with a page, and that page leads on to the app.
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}' 'self'`,
    "img-src data: 'self'",
    "script-src 'self'",
    "connect-src 'none'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'publickey-credentials-get=(self), publickey-credentials-create=(self)',
  'cache-control': 'no-store',
  pragma: 'no-cache',
};

export interface Page {
  readonly title: string;
  readonly look: Look;
  readonly body: Html;
  readonly wide?: boolean;
  /** The title says that there are some: it is what is read out first. */
  readonly errors?: readonly FormError[];
  /** Address to which the browser goes by itself. */
  readonly forward?: string;
  /** Address of the script for passkeys, on pages that need it. */
  readonly script?: string;
}

export function page(view: Page): string {
  const { look, body, wide = false } = view;
  const { words, host, organisation = {} } = look;
  return html`<!doctype html>
    <html lang="${words.lang}">
      <head>
        ${headOf(view)}
      </head>
      <body>
        <a class="skip" href="#content">${words.skip}</a>
        <div class="frame ${wide ? 'wide' : ''}">
          <header class="brand">
            ${organisation.logo === undefined ? logo : html`<img src="${organisation.logo}" alt="" />`}
            <span
              ><strong>${organisation.name ?? words.brand}</strong
              >${organisation.name === undefined ? host : `${words.brand} · ${host}`}</span
            >
          </header>
          <main id="content" class="card" tabindex="-1">${body}</main>
        </div>
      </body>
    </html> `.text;
}

function headOf({ title, look: { words, organisation = {} }, errors = [], forward, script }: Page): Html {
  return html`<meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="robots" content="noindex" />
    <title>${errors.length === 0 ? title : `${words.form.failed} – ${title}`}</title>
    <link rel="icon" href="${icon}" />
    ${forward === undefined ? '' : html`<meta http-equiv="refresh" content="0; url=${forward}" />`} ${style}
    ${organisation.style === undefined ? '' : html`<link rel="stylesheet" href="${organisation.style}" />`}
    ${script === undefined ? '' : html`<script src="${script}" defer></script>`}`;
}

const logo = html`<svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
  <rect width="32" height="32" rx="8" fill="#0f5e9c" />
  <path d="M11 4l5 9 5-9M10 13h12v13H10z" fill="none" stroke="#fff" stroke-width="2.5" stroke-linejoin="round" />
  <path d="M13 18h6M13 22h4" stroke="#fff" stroke-width="2" stroke-linecap="round" />
</svg>`;

/** Something that is wrong with a form, and the id of the field where it is put right. */
export interface FormError {
  readonly field?: string;
  readonly text: Saying;
}

/** At the top of the page, read out by screen readers, each error a way to its field. */
export const errorSummary = ({ words }: Pick<Look, 'words'>, errors: readonly FormError[]): Html | string =>
  errors.length === 0
    ? ''
    : html`<div class="notice bad" role="alert" tabindex="-1" autofocus id="errors">
        <h2>${words.form.failed}</h2>
        <ul>
          ${errors.map(({ field, text }) => html`<li>${field === undefined ? text(words) : html`<a href="#${field}">${text(words)}</a>`}</li>`)}
        </ul>
      </div>`;

/** Ties a field to the summary of what is wrong with it. */
export const invalid = (errors: readonly FormError[], field: string): Html | string =>
  errors.some((error) => error.field === field) ? html`aria-invalid="true" aria-describedby="errors"` : '';

/** The token that proves that a form comes from the page that was sent to this browser. */
export const formToken = (token: string): Html => html`<input type="hidden" name="form_token" value="${token}" />`;
