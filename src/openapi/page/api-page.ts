import { createHash } from 'node:crypto';
import { Html, html } from '../../refusal/html.js';
import { allTypes } from '../components.js';
import { viewerVersion } from './viewer-files.js';

const pageStyle = `body{margin:0;font:1rem/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff}
header{padding:1rem 1.25rem;border-bottom:1px solid #767676;max-width:1420px;margin:0 auto}
h1{font-size:1.5rem;margin:0 0 .4rem}
p{margin:.3rem 0}
form{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin-top:.6rem}
select,button{font:inherit;padding:.3rem .6rem;color:inherit;background:#fff;border:1px solid #767676;border-radius:4px}
a{color:#0b57d0}
`;
// Apart from the page, where a formatter would add blanks that the hash does not know.
const style = new Html(`<style>${pageStyle}</style>`);
const styleHash = createHash('sha256').update(pageStyle).digest('base64');

/** Rights of the page in a browser: scripts, styles and requests of this server alone, and none that stand in the page. */
export const apiPageHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self' 'sha256-${styleHash}'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'public, max-age=300',
};

export interface ApiPlace {
  /** Path of the server in a browser, without trailing slash. */
  readonly path: string;
  readonly docsUrl: string;
}

/** The page `/docs/api`: the document with the routes of one type, since all 146 at once are too many to look at, and without the elements
 * of resources, which the viewer takes minutes to follow. */
export function apiPage({ path, docsUrl }: ApiPlace, type: string): string {
  const file = (name: string): string => `${path}/docs/api/${name}?v=${viewerVersion}`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>API of this FHIR server: ${type}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${file('swagger-ui.css')}" />
        ${style}
        <script src="${file('swagger-ui-bundle.js')}" defer></script>
        <script src="${file('start.js')}" defer></script>
      </head>
      <body>
        <header>
          <h1>API of this FHIR server</h1>
          <p>
            The whole of it for programs: <a href="${path}/openapi.json">openapi.json</a> (OpenAPI 3.1). Why a request
            is refused: <a href="${docsUrl}">access</a>.
          </p>
          <form method="get" action="${path}/docs/api">
            <label for="type">Routes of the type</label>
            <select id="type" name="type">
              ${allTypes.map((one) => (one === type ? html`<option selected>${one}</option>` : html`<option>${one}</option>`))}
            </select>
            <button>Show</button>
          </form>
          <noscript><p>This view needs JavaScript; openapi.json does not.</p></noscript>
        </header>
        <main id="viewer" data-document="${path}/openapi.json?type=${type}&schemas=plain"></main>
      </body>
    </html> `.text;
}
