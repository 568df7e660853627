import { createHash } from 'node:crypto';
import { Html, html } from '../../../refusal/html.js';
import { isObject, type Json, type JsonObject, parseJson, writeJson } from '../../../r4/json/json.js';
import { isResourceType } from '../../../r4/model/resource-types.js';
import { answerStyle } from './page-style.js';

/** Site and address of the page that shows an answer. */
export interface PagePlace {
  /** Path and query as asked. */
  readonly url: string;
  readonly fhirBase: string;
  readonly docsUrl: string;
}

const style = new Html(`<style>${answerStyle}</style>`);
const styleHash = createHash('sha256').update(answerStyle).digest('base64');

export const htmlType = 'text/html; charset=utf-8';

/**
 * Headers of every page that shows an answer: it runs no script, loads nothing, goes into no frame, and is kept
 * nowhere. Addresses have ids of patients in them, so they are not told to others.
 */
export const pageHeaders: Readonly<Record<string, string>> = {
  'content-type': htmlType,
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** More is not shown: a browser would take long, and the server too. */
const mostCharacters = 512 * 1024;

/** An answer for people who opened its address in a browser: a refusal with its cures, and the JSON as text. */
export function answerPage(body: string, place: PagePlace): string {
  const resource = parseJson(body, Number.POSITIVE_INFINITY);
  const isRefusal = isObject(resource) && resource['resourceType'] === 'OperationOutcome';
  return page(
    place,
    html`${isRefusal ? issuesOf(resource, place) : ''}
      <h2>${isRefusal ? 'The same for programs' : 'Answer'}</h2>
      ${jsonText(writeJson(resource, true), place.fhirBase)}`,
  );
}

/** A text for people, such as that of `$my-access`. */
export const textPage = (text: string, place: PagePlace): string => page(place, preformatted(html`${text}`.text));

/** The frame of every page. */
export const page = ({ url, fhirBase, docsUrl }: PagePlace, content: Html): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${url} – Lanyard</title>
        ${style}
      </head>
      <body>
        <header>
          <strong>Lanyard, FHIR R4</strong>
          <a href="${fhirBase}">Base</a>
          <a href="${fhirBase}/metadata">Capabilities</a>
          <a href="${docsUrl}">Access</a>
        </header>
        <main>
          <h1>${url}</h1>
          ${content}
        </main>
      </body>
    </html> `.text;

function issuesOf({ issue }: JsonObject, place: PagePlace): Html {
  const issues = Array.isArray(issue) ? issue.filter(isObject) : [];
  return new Html(issues.map((one) => issueArticle(one, place).text).join('\n'));
}

function issueArticle({ details, diagnostics, code }: JsonObject, place: PagePlace): Html {
  const { docsUrl } = place;
  const reason = isObject(details) && Array.isArray(details['coding']) ? details['coding'].find(isObject) : undefined;
  const fact = isObject(details) ? textOf(details['text']) : '';
  const said = textOf(diagnostics);
  const reasonCode = textOf(reason?.['code']);
  const word =
    reasonCode === ''
      ? html`<code>${textOf(code)}</code>`
      : html`<a href="${docsUrl}#${reasonCode}"><code>${reasonCode}</code></a>`;
  return html`<article>
    <p><strong>${linked(fact === '' ? said : fact, place)}</strong></p>
    ${fact === '' || said === '' ? '' : html`<p class="cure">${linked(said, place)}</p>`}
    <p class="soft">${word}</p>
  </article>`;
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/**
 * Addresses of this server in a text lead there. The one that the text ends with (`Ask …`) is what was probably meant instead of the
 * address of the page, so the query of that goes along.
 */
function linked(text: string, { url, fhirBase }: PagePlace): Html {
  const query = /\?.*/.exec(url)?.[0] ?? '';
  const isMeant = (end: number): boolean => / Ask \S+$/.test(text.slice(0, end)) && text.slice(end) === '.';
  const parts: string[] = [];
  let at = 0;
  for (let start = text.indexOf(fhirBase); start !== -1; start = text.indexOf(fhirBase, at)) {
    const end =
      start + fhirBase.length + (/^(?:\/[\w$.-]*[\w$-])*/.exec(text.slice(start + fhirBase.length))?.[0].length ?? 0);
    const address = text.slice(start, end);
    parts.push(
      escaped(text.slice(at, start)),
      html`<a href="${address}${isMeant(end) ? query : ''}">${address}</a>`.text,
    );
    at = end;
  }
  return new Html(parts.join('') + escaped(text.slice(at)));
}

const preformatted = (escaped: string): Html => new Html(`<pre tabindex="0">${escaped}</pre>`);

/** A string of JSON and how it ends: with a quote, a quote and a colon where it names a member, or where the text is cut off. */
const literal = /"(?:[^"\\]|\\.)*(?:("\s*:|")|\\?$)/g;

/** Everything is text; references and addresses of this server lead somewhere. */
function jsonText(json: string, fhirBase: string): Html {
  const shown = json.slice(0, mostCharacters);
  const parts: string[] = [];
  let at = 0;
  for (const match of shown.matchAll(literal)) {
    parts.push(escaped(shown.slice(at, match.index)));
    const target = match[1] === '"' ? addressOf(match[0], fhirBase) : undefined;
    parts.push(target === undefined ? escaped(match[0]) : html`<a href="${target}">${match[0]}</a>`.text);
    at = match.index + match[0].length;
  }
  parts.push(escaped(shown.slice(at)));
  const text = preformatted(parts.join(''));
  if (json.length <= mostCharacters) return text;
  return html`<p class="soft">The first ${mostCharacters} of ${json.length} characters. All of it: _format=json.</p>
    ${text}`;
}

const escaped = (text: string): string => html`${text}`.text;
const reference = /^"([A-Za-z]{1,64})\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?"$/;

/** Only below the FHIR base. */
function addressOf(text: string, fhirBase: string): string | undefined {
  const type = reference.exec(text)?.[1];
  if (type !== undefined && isResourceType(type)) return `${fhirBase}/${text.slice(1, -1)}`;
  if (!text.startsWith(`"${fhirBase}/`)) return undefined;
  const address = String(JSON.parse(text));
  return URL.canParse(address) && new URL(address).href.startsWith(`${new URL(fhirBase).href}/`) ? address : undefined;
}
