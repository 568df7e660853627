import { reasons, type ReasonCode } from '../../refusal/reasons.js';

/** Fields of an `OIDCProviderError` of oidc-provider. */
interface ProviderError {
  readonly error: string;
  readonly error_description?: string | undefined;
  readonly error_detail?: string | undefined;
  readonly cause?: unknown;
}

/** Known facts about the request that failed. */
export interface FailedRequest {
  /** Set for a token request. */
  readonly grantType?: string | undefined;
  /** A page that a browser was sent to, where clients name themselves and prove nothing. */
  readonly isPage?: true;
}

/** A description for an error of ours: the reason code, the fact and the cure. */
export const describeReason = (code: ReasonCode, fact: string): string =>
  `${code}: ${asPrintable(fact)}. ${asPrintable(reasons[code].cure)}.`;

/** `error_description`: the reason code first, then the fact, then the cure (docs/adr/0005). Nothing in it is secret. */
export function explainError(error: ProviderError, request: FailedRequest): string {
  const { error_description: text = error.error, error_detail: detail } = error;
  if (isDescribed(text)) return text;
  if (keysFailureIn(error) !== undefined) return describeReason('client-keys-unreachable', 'jwks_uri gives no keys');
  const code = reasonOf(error, request);
  const fact = detail !== undefined && isTelling(error) ? detail : text;
  return code === undefined ? `${asPrintable(fact)}.` : describeReason(code, fact);
}

/** The reason, for the log, that the keys of a client could not be fetched; undefined for other errors. */
export function keysFailureIn({ error, cause }: ProviderError): string | undefined {
  if (error !== 'invalid_client' || !(cause instanceof Error)) return undefined;
  const isAboutKeys = (cause as { readonly error?: unknown }).error === 'invalid_client_metadata';
  return isAboutKeys ? ((cause.cause as Error | undefined)?.message ?? cause.message) : undefined;
}

const isDescribed = (text: string): boolean => Object.hasOwn(reasons, text.split(':', 1)[0]!);

const ofPages: Readonly<Record<string, ReasonCode>> = {
  invalid_client: 'client-unknown',
  invalid_redirect_uri: 'redirect-uri-unregistered',
};

const byError: Readonly<Record<string, ReasonCode>> = {
  invalid_client: 'client-authentication-failed',
  request_not_supported: 'request-object-unsupported',
  request_uri_not_supported: 'request-object-unsupported',
};

function reasonOf(failure: ProviderError, request: FailedRequest): ReasonCode | undefined {
  const { error, error_description: text = '' } = failure;
  const isRefresh = request.grantType === 'refresh_token';
  if (error === 'invalid_grant') return reasonOfGrant(failure, isRefresh);
  if (error === 'invalid_scope') return isRefresh ? 'scope-beyond-grant' : 'scope-not-registered';
  if (/no client authentication mechanism/.test(text)) return 'client-authentication-failed';
  if (/missing required parameter 'redirect_uri'/.test(text)) return 'redirect-uri-unregistered';
  return (request.isPage && ofPages[error]) || byError[error];
}

function reasonOfGrant({ error_detail: detail = '' }: ProviderError, isRefresh: boolean): ReasonCode {
  if (/grant not found|disabled|lost the rights|account/.test(detail)) return 'grant-ended';
  return isRefresh ? 'refresh-token-invalid' : 'code-invalid';
}

/** True if the detail may be told. Wrong clients and secrets are not told apart; other details help only the owner. */
const isTelling = ({ error, error_detail: detail = '' }: ProviderError): boolean =>
  error === 'invalid_grant' || (error === 'invalid_client' && !/client not found|secret/.test(detail));

/** RFC 6749 section 5.2: printable ASCII without quotation mark and backslash. */
const asPrintable = (text: string): string =>
  text
    .replaceAll('"', "'")
    .replace(/[^\x20-\x7e]|\\/g, '?')
    .replace(/\.$/, '')
    .slice(0, 600);
