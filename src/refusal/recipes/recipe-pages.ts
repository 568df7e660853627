import { readFileSync } from 'node:fs';
import type { RefusalLinks } from '../challenge.js';
import { Html, html } from '../html.js';
import { reasons } from '../reasons.js';
import { codeBlock, renderMarkdown, type RenderedMarkdown } from './markdown-html.js';

/** From `src/refusal/recipes` as from `dist/refusal/recipes`. */
const docs = new URL('../../../docs/', import.meta.url);

/** Identity providers that there is a recipe for: the name of the page, and what people call it. */
export const recipeProviders = [
  ['keycloak', 'Keycloak'],
  ['entra', 'Microsoft Entra'],
  ['okta', 'Okta'],
  ['auth0', 'Auth0'],
  ['intersystems-iris', 'InterSystems IRIS'],
] as const;

/** The page about identity providers as such, and the one with the members of their settings. */
export const [providersPage, membersPage] = ['identity-providers', 'issuer-members'] as const;

/** Names of the pages, below `/docs/access`. */
export const recipePages: readonly string[] = [providersPage, ...recipeProviders.map(([name]) => name), membersPage];

/** Reasons whose cure is most often at the identity provider, or in how this server was told of it. */
const codesOfProviders: ReadonlySet<string> = new Set<keyof typeof reasons>([
  'alg-key-mismatch',
  'alg-not-allowed',
  'aud-mismatch',
  'aud-missing',
  'introspection-unavailable',
  'iss-untrusted',
  'keys-unavailable',
  'kid-unknown',
  'patient-context-missing',
  'scope-missing',
  'scope-unknown',
  'system-scope-ignored',
  'token-inactive',
  'token-opaque-unsupported',
  'typ-not-access-token',
  'user-unlinked',
]);

export const concernsProviders = (code: string): boolean => codesOfProviders.has(code);

/** Files of a provider, which are settings as they stand. */
const settingFiles = [
  ['login-providers', 'LOGIN_PROVIDERS'],
  ['trusted-issuers', 'TRUSTED_ISSUERS'],
] as const;

/**
 * The page of this name, made of docs/identity-providers and docs/issuer-members.md with the addresses of this server in the place of
 * those of the example; undefined where there is none.
 */
export function recipePage(links: RefusalLinks, name: string): RenderedMarkdown | undefined {
  if (!recipePages.includes(name)) return undefined;
  const { title, content } = renderMarkdown(readHere(links, fileOf(name)), {
    toAddress: (address) => addressOf(links, address),
    ofCode: (code) => (Object.hasOwn(reasons, code) ? `${links.docsUrl}/${code}` : undefined),
  });
  const files = recipeProviders.some(([provider]) => provider === name) ? settingFiles : [];
  return {
    title,
    content: html`${content} ${files.map(([file, setting]) => fileSection(links, name, file, setting))}`,
  };
}

function fileSection(links: RefusalLinks, name: string, file: string, setting: string): Html {
  const path = `${name}.${file}.json`;
  return html`<h2 id="${file}">${path}</h2>
    <p>
      <code>${setting}=@${path}</code> (<a href="${links.docsUrl}/${membersPage}#${slugOfSetting(setting)}"
        >its members</a
      >)
    </p>
    ${codeBlock(readHere(links, `identity-providers/${path}`).trimEnd())}`;
}

const slugOfSetting = (setting: string): string => setting.toLowerCase().replaceAll('_', '-');

const fileOf = (name: string): string => {
  if (name === providersPage) return 'identity-providers/README.md';
  return name === membersPage ? `${name}.md` : `identity-providers/${name}.md`;
};

/** Files of the repository as pages. What is no page stays a text. */
function addressOf({ docsUrl }: RefusalLinks, address: string): string | undefined {
  if (/^https?:\/\//.test(address)) return address;
  const file = address.split('/').at(-1)!;
  const [, provider, setting] = /^([a-z0-9-]+)\.([a-z-]+)\.json$/.exec(file) ?? [];
  if (provider !== undefined) return `${docsUrl}/${provider}#${setting}`;
  const name = file === 'README.md' ? providersPage : file.replace(/\.md$/, '');
  return recipePages.includes(name) ? `${docsUrl}/${name}` : undefined;
}

const texts = new Map<string, string>();

function readHere({ docsUrl, fhirBase }: RefusalLinks, path: string): string {
  let text = texts.get(path);
  if (text === undefined) {
    text = readFileSync(new URL(path, docs), 'utf8');
    texts.set(path, text);
  }
  const publicUrl = docsUrl.replace(/\/docs\/access$/, '');
  return text
    .replaceAll('https://fhir.example/fhir/r4', fhirBase)
    .replaceAll('https://fhir.example', publicUrl)
    .replaceAll('$PUBLIC_URL', publicUrl);
}
