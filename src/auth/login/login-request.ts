import type { IncomingHttpHeaders } from 'node:http';
import { InvalidRequest } from '../../r4/errors/fhir-error.js';
import { UnsupportedMediaType } from '../../r4/errors/request-errors.js';
import { Refused } from '../../refusal/refusal.js';
import type { AuthOptions } from '../auth-options.js';
import { readCredentials, type Credentials } from '../credentials/credentials.js';
import type { LocalAuthOptions } from '../accounts/local-auth.options.js';
import type { LoginRequest } from './login.js';
import { readJsonObject, type Claims } from '../token/strict-json.js';
import { cleaned, refusal } from '../refusals/token-refusal.js';
import { essence } from '../../r4/rest/media-type.js';

/** Parts of a request that the login family reads, on Fastify or Express. */
export interface HttpRequest {
  readonly ip: string;
  readonly url: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders?: readonly string[];
  readonly raw?: { readonly rawHeaders: readonly string[] };
}

const loginBody = `{"user":"…","password":"…"}`;
const refreshBody = `{"refresh_token":"…"}`;

/** HTTP Basic, with a JSON `scope` or without, or JSON with `user` and `password`. */
export function readLogin(request: HttpRequest, body: unknown, options: LocalAuthOptions): LoginRequest {
  const credentials = credentialsOf(request, options);
  const json = readJson(request, body, loginBody);
  const scope = json && readText(json, 'scope', { optional: true });
  const common = { address: request.ip, ...(scope !== undefined && { scope }) };
  if (credentials?.kind === 'basic') {
    if (json && ('user' in json || 'password' in json)) throw severalCredentials();
    return { user: credentials.user, password: credentials.password, ...common };
  }
  if (credentials) throw noPassword('The Authorization header holds a Bearer token, not a password.', options);
  if (!json) throw noPassword('The request carries no user name and password.', options);
  return { user: needText(json, 'user', loginBody), password: needText(json, 'password', loginBody), ...common };
}

export function readRefresh(request: HttpRequest, body: unknown): { readonly token: string; readonly scope?: string } {
  const json = readJson(request, body, refreshBody) ?? {};
  const scope = readText(json, 'scope', { optional: true });
  return { token: needText(json, 'refresh_token', refreshBody), ...(scope !== undefined && { scope }) };
}

/** The refresh token of the body, or the access token of the header. */
export function readLogout(request: HttpRequest, body: unknown, options: LocalAuthOptions): string {
  const json = readJson(request, body, refreshBody);
  if (json) return needText(json, 'refresh_token', refreshBody);
  const credentials = credentialsOf(request, options);
  if (credentials?.kind === 'bearer') return credentials.token;
  throw new Refused([
    refusal(
      'no-credentials',
      'The request names no session: it has neither a refresh token nor an access token.',
      'Send the access token as Authorization: Bearer, or the refresh_token of the login as JSON.',
    ),
  ]);
}

export function readRevoke(request: HttpRequest, body: unknown): string {
  const json = readJson(request, body, refreshBody) ?? {};
  return 'token' in json ? needText(json, 'token', refreshBody) : needText(json, 'refresh_token', refreshBody);
}

/** Undefined without an Authorization header; throws when it is no credential at all. */
function credentialsOf(
  request: HttpRequest,
  { fhirBase, issuer, clockSkewSeconds }: LocalAuthOptions,
): Exclude<Credentials, { kind: 'refused' }> | undefined {
  const rules: AuthOptions = { resource: fhirBase, issuers: [], clockSkewSeconds, basic: true, localIssuer: issuer };
  const credentials = readCredentials(
    {
      rawHeaders: request.raw?.rawHeaders ?? request.rawHeaders ?? [],
      url: request.url,
      remoteAddress: request.ip,
      method: request.method,
    },
    rules,
  );
  if (credentials.kind !== 'refused') return credentials;
  if (credentials.refusal.code === 'no-credentials') return undefined;
  throw new Refused([credentials.refusal]);
}

/** The body as an object, whether the adapter parsed it or not; undefined when there is none. */
function readJson(request: HttpRequest, body: unknown, example: string): Claims | undefined {
  if (isEmpty(body)) return undefined;
  const type = essence(request.headers['content-type'] ?? 'no type');
  if (!/^application\/([\w.-]+\+)?json$/.test(type)) {
    throw new UnsupportedMediaType(
      `The body is sent as ${cleaned(type)}. Send Content-Type: application/json and ${example}`,
    );
  }
  const text =
    typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
  const read = readJsonObject(text);
  if ('object' in read) return read.object;
  throw new InvalidRequest({ code: 'structure', diagnostics: `The body ${read.problem}. Send ${example}` });
}

function isEmpty(body: unknown): boolean {
  if (body === undefined || body === null || body === '') return true;
  if (Buffer.isBuffer(body)) return body.length === 0;
  return typeof body === 'object' && Object.keys(body).length === 0;
}

function needText(json: Claims, name: string, example: string): string {
  const text = readText(json, name);
  if (text !== undefined && text !== '') return text;
  const names = Object.keys(json).map((key) => cleaned(key));
  throw new InvalidRequest({
    code: 'required',
    diagnostics: `The body has no ${name}${names.length > 0 ? ` (it has ${names.slice(0, 8).join(', ')})` : ''}. Send ${example}`,
  });
}

function readText(json: Claims, name: string, { optional = false } = {}): string | undefined {
  const value = Object.hasOwn(json, name) ? json[name] : undefined;
  if (value === undefined || (optional && value === null)) return undefined;
  if (typeof value === 'string') return value;
  throw new InvalidRequest({ code: 'value', diagnostics: `${name} has to be a text in quotes.` });
}

const noPassword = (fact: string, { fhirBase }: LocalAuthOptions): Refused =>
  new Refused([refusal('no-credentials', fact, howToLogIn(fhirBase))]);

const severalCredentials = (): Refused =>
  new Refused([
    refusal(
      'multiple-credentials',
      'The request carries a password in its Authorization header and another one in its body.',
      'Send one of them.',
    ),
  ]);

export const howToLogIn = (fhirBase: string): string =>
  `Send a POST with HTTP Basic: curl -X POST -u USER:PASSWORD ${fhirBase}/login - or with the JSON body ${loginBody}`;

export const howToSend = (fhirBase: string, address: string): string =>
  `Send a POST: curl -X POST -H Content-Type:application/json -d @token.json ${fhirBase}${address} - with ${refreshBody} in that file`;
