import { createHash } from 'node:crypto';
import { accessDocument, type Block } from './access-document.js';
import { families } from './access-families.js';
import { decisionPicture } from './access-picture.js';
import { pageStyle } from './access-style.js';
import type { RefusalLinks } from './challenge.js';
import { Html, html } from './html.js';
import { inlineMarks } from './inline-marks.js';
import type { Reason } from './reason.js';
import { concernsProviders, providersPage, recipePage, recipePages, recipeProviders } from './recipes/recipe-pages.js';

// Apart from the page, where a formatter would add blanks that the hash does not know.
const style = new Html(`<style>${pageStyle}</style>`);

/** Rights of the pages in a browser: to be shown, and to search among them. */
export const accessPageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(pageStyle).digest('base64')}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'public, max-age=300',
};

/** Longer searches find nothing, and cost to compare. */
const longestQuery = 100;
const mostWords = 8;

interface Found {
  readonly title: string;
  readonly reasons: readonly (readonly [code: string, Reason])[];
}

/**
 * The open page `/docs/access`: every reason with an anchor of its code, where `error_uri` points, and a way to the page of it. `query`: only
 * reasons that have all these words.
 */
export function accessPage(links: RefusalLinks, query = ''): string {
  const found = search(query);
  const count = found.reduce((sum, { reasons }) => sum + reasons.length, 0);
  const [lead, ...blocks] = accessDocument(links);
  return frame(
    links,
    'Access to this FHIR server',
    html`${lead === undefined ? '' : blockHtml(lead)} ${blocks.slice(0, 1).map(blockHtml)}
      <nav aria-label="Chapters">
        <ul>
          ${chapters(links).map(
            ({ id, text, recipes }) =>
              html`<li id="${id}">
                <a href="${links.docsUrl}/${id}">${text}</a>
                ${
                  recipes.length === 0
                    ? ''
                    : html`<ul>
                        ${recipes.map((one) => html`<li id="${one.id}"><a href="${links.docsUrl}/${id}#${one.id}">${one.text}</a></li>`)}
                      </ul>`
                }
              </li>`,
          )}
          <li>
            <a href="${links.docsUrl}/${providersPage}">Identity providers</a>
            <ul>
              ${recipeProviders.map(([name, text]) => html`<li><a href="${links.docsUrl}/${name}">${text}</a></li>`)}
            </ul>
          </li>
        </ul>
      </nav>
      <form role="search" method="get" action="${links.docsUrl}">
        <label for="q">Search the codes</label>
        <input id="q" name="q" type="search" maxlength="${longestQuery}" value="${query.slice(0, longestQuery)}" />
        <button>Search</button>
      </form>
      <h2 id="codes">${query === '' ? 'All codes' : `${count} of the codes`}</h2>
      ${query === '' ? '' : html`<p role="status">${count === 0 ? 'No code has all these words. ' : ''}<a href="${links.docsUrl}">Show all codes</a></p>`}
      ${found.map(({ title, reasons }) => familySection(links, title, reasons))}`,
  );
}

/** Pages below the index: a reason by its code, a chapter or a recipe for an identity provider by its name; undefined where there is none. */
export function accessSubpage(links: RefusalLinks, name: string): string | undefined {
  return reasonPage(links, name) ?? chapterPage(links, name) ?? providerPage(links, name);
}

/** Names of the pages below the index. */
export const accessSubpages = (links: RefusalLinks): readonly string[] => [
  ...families.flatMap(([, family]) => Object.keys(family)),
  ...chapters(links).map(({ id }) => id),
  ...recipePages,
];

function reasonPage(links: RefusalLinks, code: string): string | undefined {
  const found = families.find(([, family]) => Object.hasOwn(family, code));
  if (!found) return undefined;
  const [familyTitle, family] = found;
  const { title, meaning, cure, status } = family[code]!;
  const others = Object.entries(family).filter(([other]) => other !== code);
  return frame(
    links,
    title,
    html`<p><code>${code}</code> <span class="status">${status}</span></p>
      <h2>What it means</h2>
      <p>${meaning}</p>
      <h2>What to do</h2>
      <p class="cure">${cure}</p>
      <ul>
        <li><a href="${links.docsUrl}/reading">How to read a refusal</a></li>
        <li><a href="${links.docsUrl}/tools">What does my token permit?</a></li>
        <li><a href="${links.docsUrl}/decision">How a request is decided</a></li>
        ${concernsProviders(code) ? html`<li><a href="${links.docsUrl}/${providersPage}">Recipes for identity providers</a>: ${recipeLinks(links)}</li>` : ''}
      </ul>
      <h2>${familyTitle}: other codes</h2>
      <ul class="codes">
        ${others.map(([other, reason]) => entry(links, other, reason))}
      </ul>`,
  );
}

function chapterPage(links: RefusalLinks, name: string): string | undefined {
  const chapter = chapters(links).find(({ id }) => id === name);
  return chapter && frame(links, chapter.text, html`${chapter.blocks.map(blockHtml)}`);
}

function providerPage(links: RefusalLinks, name: string): string | undefined {
  const page = recipePage(links, name);
  if (!page) return undefined;
  const others = html`<p><a href="${links.docsUrl}/${providersPage}">Identity providers</a>: ${recipeLinks(links)}</p>`;
  return frame(links, page.title, html`${others} ${page.content}`);
}

const recipeLinks = ({ docsUrl }: RefusalLinks): readonly Html[] =>
  recipeProviders.map(([name, text], at) => html`${at === 0 ? '' : ' · '}<a href="${docsUrl}/${name}">${text}</a>`);

interface Chapter {
  readonly id: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly recipes: readonly { readonly id: string; readonly text: string }[];
}

/** The document by its headings. */
function chapters(links: RefusalLinks): readonly Chapter[] {
  const blocks = accessDocument(links);
  const starts = blocks.flatMap((block, at) => (block.kind === 'heading' && block.level === 2 ? [{ block, at }] : []));
  return starts.map(({ block: { id, text }, at }, i) => {
    const own = blocks.slice(at + 1, starts[i + 1]?.at);
    const recipes = own.filter((block) => block.kind === 'heading');
    return { id, text, blocks: own.map(asSecond), recipes };
  });
}

/** On a page of its own, a recipe is what a chapter was. */
const asSecond = (block: Block): Block => (block.kind === 'heading' ? { ...block, level: 2 } : block);

const frame = (links: RefusalLinks, title: string, content: Html): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} – access</title>
        ${style}
      </head>
      <body>
        <nav aria-label="Site">
          <a href="${links.docsUrl}">Access</a> · <a href="${new URL('api', links.docsUrl).href}">API</a> ·
          <a href="${links.fhirBase}/metadata">Capabilities</a>
        </nav>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html> `.text;

/** A reason has a word in its code, its title, its meaning or its cure. */
function search(query: string): readonly Found[] {
  const words = query.slice(0, longestQuery).toLowerCase().split(/\s+/).slice(0, mostWords);
  const matches = ([code, { title, meaning, cure }]: readonly [string, Reason]): boolean => {
    const text = `${code} ${title} ${meaning} ${cure}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  return families
    .map(([title, family]) => ({ title, reasons: Object.entries(family).filter(matches) }))
    .filter(({ reasons }) => reasons.length > 0);
}

function blockHtml(block: Block): Html {
  switch (block.kind) {
    case 'heading':
      return block.level === 2
        ? html`<h2 id="${block.id}">${block.text}</h2>`
        : html`<h3 id="${block.id}">${block.text}</h3>`;
    case 'list':
      return html`<ul>
        ${block.items.map((item) => html`<li>${inlineMarks(item)}</li>`)}
      </ul>`;
    case 'code':
      return new Html(`<pre tabindex="0">${html`${block.text}`.text}</pre>`);
    case 'picture':
      return decisionPicture();
    default:
      return html`<p>${inlineMarks(block.text)}</p>`;
  }
}

const familySection = (links: RefusalLinks, title: string, reasons: Found['reasons']): Html =>
  html`<section>
    <h3>${title}</h3>
    <ul class="codes">
      ${reasons.map(([code, reason]) => entry(links, code, reason, true))}
    </ul>
  </section>`;

/** Who comes by an anchor (`error_uri`) sees the cure at once. */
const entry = (links: RefusalLinks, code: string, { title, cure }: Reason, isAnchor = false): Html =>
  html`<li ${isAnchor ? html`id="${code}"` : ''}>
    <a href="${links.docsUrl}/${code}">${title}</a> <code>${code}</code>
    ${isAnchor ? html`<p class="cure">${cure}</p>` : ''}
  </li>`;
