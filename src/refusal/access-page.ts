import { createHash } from 'node:crypto';
import { accessDocument, type Block } from './access-document.js';
import { families } from './access-families.js';
import { decisionPicture } from './access-picture.js';
import { pageStyle } from './access-style.js';
import type { RefusalLinks } from './challenge.js';
import { Html, html } from './html.js';
import type { Reason } from './reason.js';

// Apart from the page, where a formatter would add blanks that the hash does not know.
const style = new Html(`<style>${pageStyle}</style>`);

/** Rights of the page in a browser: to be shown. */
export const accessPageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(pageStyle).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'public, max-age=300',
};

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
        <main>
          <h1>Access to this FHIR server</h1>
          ${accessDocument(links).map(blockHtml)}
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

function blockHtml(block: Block): Html {
  switch (block.kind) {
    case 'heading':
      return block.level === 2
        ? html`<h2 id="${block.id}">${block.text}</h2>`
        : html`<h3 id="${block.id}">${block.text}</h3>`;
    case 'list':
      return html`<ul>
        ${block.items.map((item) => html`<li>${inline(item)}</li>`)}
      </ul>`;
    case 'code':
      return new Html(`<pre tabindex="0">${html`${block.text}`.text}</pre>`);
    case 'picture':
      return decisionPicture();
    default:
      return html`<p>${inline(block.text)}</p>`;
  }
}

/** The marks of Markdown that the document uses. */
const marks = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

function inline(text: string): Html {
  const parts: string[] = [];
  let at = 0;
  for (const match of text.matchAll(marks)) {
    const [whole, code, strong, emphasis, label, address] = match;
    parts.push(html`${text.slice(at, match.index)}`.text);
    if (code !== undefined) parts.push(html`<code>${code}</code>`.text);
    else if (strong !== undefined) parts.push(html`<strong>${strong}</strong>`.text);
    else if (emphasis !== undefined) parts.push(html`<em>${emphasis}</em>`.text);
    else parts.push(html`<a href="${address!}">${label!}</a>`.text);
    at = match.index + whole.length;
  }
  return new Html(parts.join('') + html`${text.slice(at)}`.text);
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
