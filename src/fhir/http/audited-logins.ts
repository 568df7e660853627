import { auditedCaller, type AuditRecord } from '../../audit/audit-record.js';
import type { FhirOptions } from '../fhir-options.js';
import type { FhirRequest } from './fhir-request.js';

interface Answered {
  readonly payload: unknown;
  readonly options: Pick<FhirOptions, 'basePath' | 'base'>;
}

type Beside = Pick<AuditRecord, 'event' | 'caller' | 'line'>;

const logins: ReadonlyMap<string, string> = new Map([
  ['/login', 'login'],
  ['/refresh', 'token'],
  ['/logout', 'logout'],
  ['/revoke', 'logout'],
]);

/** Returns the event of a request that did not reach FHIR's interactions: refusals, logins, administration. */
export function eventBeside(request: FhirRequest, status: number, answered: Answered): Beside | undefined {
  const { basePath } = answered.options;
  const [path = ''] = request.url.split('?', 1);
  if (path.startsWith(`${basePath}/`) || path === basePath) return eventBelowBase(request, status, answered);
  const { principal } = request;
  // Every change by an authenticated caller beside FHIR is administration.
  if (principal && !isReading(request.method)) {
    return { event: 'administration', caller: auditedCaller(principal), line: `${request.method} ..${path}` };
  }
  return isRefused(request, status) ? { event: 'refused', line: `${request.method} ..${path}` } : undefined;
}

function eventBelowBase(request: FhirRequest, status: number, { payload, options }: Answered): Beside | undefined {
  const path = request.url.slice(options.basePath.length);
  const [address = ''] = path.split('?', 1);
  const login = request.method === 'POST' ? logins.get(address) : undefined;
  if (login !== undefined) return { event: login, ...loginCaller(request, status, payload) };
  if (!isRefused(request, status)) return undefined;
  // Without the query: a token may stand in it.
  const line = `${request.method} ${address.slice(1)}`;
  const { principal } = request;
  if (principal) return { event: 'refused', caller: auditedCaller(principal), line };
  const user = basicUser(request);
  return { event: 'refused', line, ...(user !== undefined && { caller: { subject: user, isTyped: true } }) };
}

/** True for every status with a refusal: RFC 6750 has a 400. Pages without a reason code refuse by 401 or 403. */
const isRefused = ({ refusals }: FhirRequest, status: number): boolean =>
  refusals !== undefined || status === 401 || status === 403;

/** A login that succeeded tells by its token who it is; one that failed, who it claimed to be. */
function loginCaller(request: FhirRequest, status: number, payload: unknown): Pick<Beside, 'caller'> {
  if (status < 300) return fromToken(payload, request.headers.authorization);
  const claimed = basicUser(request) ?? jsonMember(request.body, 'user');
  return claimed === undefined ? {} : { caller: { subject: claimed, isTyped: true } };
}

/** Tokens that this server has just made or checked. */
function fromToken(payload: unknown, authorization: string | undefined): Pick<Beside, 'caller'> {
  const token = jsonMember(payload, 'access_token') ?? /^bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  const [, claims = ''] = (token ?? '').split('.');
  const text = Buffer.from(claims, 'base64url').toString();
  const [issuer, subject] = [jsonMember(text, 'iss'), jsonMember(text, 'sub')];
  if (issuer === undefined || subject === undefined) return {};
  const [clientId, tokenId] = [jsonMember(text, 'client_id'), jsonMember(text, 'jti')];
  return {
    caller: {
      issuer,
      subject,
      kind: 'user',
      ...(clientId !== undefined && { clientId }),
      ...(tokenId !== undefined && { tokenId }),
    },
  };
}

function basicUser({ headers: { authorization } }: FhirRequest): string | undefined {
  const encoded = /^basic ([A-Za-z0-9+/=]{1,1000})$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [user = ''] = Buffer.from(encoded, 'base64').toString().split(':', 1);
  return user === '' ? undefined : user;
}

function jsonMember(text: unknown, name: string): string | undefined {
  if (typeof text !== 'string' || !text.startsWith('{')) return undefined;
  try {
    const value = (JSON.parse(text) as Readonly<Record<string, unknown>>)[name];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

const isReading = (method: string): boolean => method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
