import { CommandFailed } from '../command-failed.js';
import { fetchJson, wordsOf } from './fetch-json.js';

/** Metadata of an authorization server, from whichever document. */
export interface Discovered {
  /** Address it was read from. */
  readonly source: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A member that has to be a text; undefined when it is not there. */
export function textIn(metadata: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = metadata[name];
  return typeof value === 'string' ? value : undefined;
}

/** SMART App Launch 2.2, "Conformance": what the FHIR base says about its authorization server. */
export async function discoverByBase(base: string): Promise<Discovered> {
  const source = `${base.replace(/\/+$/, '')}/.well-known/smart-configuration`;
  const answer = await fetchJson(source, { headers: { accept: 'application/json' } });
  if (answer.status === 200 && Object.keys(answer.body).length > 0) return { source, metadata: answer.body };
  throw new CommandFailed([
    `${source} is no SMART configuration (it answered ${wordsOf(answer)}).`,
    'Give the FHIR base URL, such as https://fhir.example/fhir/r4.',
  ]);
}

/** OpenID Connect Discovery, then RFC 8414 in both its forms. */
export async function discoverByIssuer(issuer: string): Promise<Discovered> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/+$/, '');
  const sources = [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/oauth-authorization-server`,
  ];
  for (const source of sources) {
    const { status, body } = await fetchJson(source, { headers: { accept: 'application/json' } });
    if (status === 200 && typeof body['issuer'] === 'string') return { source, metadata: body };
  }
  throw new CommandFailed([`${issuer} publishes no metadata. These were tried:`, ...sources.map((url) => `  ${url}`)]);
}
