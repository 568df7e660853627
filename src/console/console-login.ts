import type { AuthOptions } from '../auth/auth-options.js';
import { trustedIssuerOf } from '../auth/issuers/advertised-issuer.js';
import { consoleClientId } from '../oauth2/clients/console-client.js';
import type { ConsoleOptions } from './console-options.js';

/** Where people log in to the console, and as which client. */
export interface ConsoleLogin {
  readonly issuer: string;
  readonly clientId: string;
  /** Absent: all that the console has pages for. */
  readonly scopes?: string;
  /** Value of `aud` that means this server at another authorization server. */
  readonly audience?: string;
}

/** Undefined where the console has no client: it takes tokens that people bring, and says what is missing. */
export function consoleLogin(
  { login }: Pick<ConsoleOptions, 'login'>,
  { localIssuer, issuers }: Pick<AuthOptions, 'localIssuer' | 'issuers'>,
): ConsoleLogin | undefined {
  if (!login) return localIssuer === undefined ? undefined : { issuer: localIssuer, clientId: consoleClientId };
  const at = trustedIssuerOf(login.issuer, { issuers });
  const [audience] = at?.audience ?? [];
  return at && { ...login, issuer: at.issuer, ...(audience !== undefined && { audience }) };
}

const endpoints = ['token_endpoint', 'revocation_endpoint'] as const;

/** Origins that the page of the console asks beside this server: those of the other authorization server. */
export function loginOrigins(issuer: string, metadata: Readonly<Record<string, unknown>> = {}): readonly string[] {
  const isSecure = new URL(issuer).protocol === 'https:';
  const addresses = [issuer, ...endpoints.map((name) => metadata[name])].flatMap((address) =>
    typeof address === 'string' && URL.canParse(address) ? [new URL(address)] : [],
  );
  const usable = addresses.filter(({ protocol }) => protocol === 'https:' || (!isSecure && protocol === 'http:'));
  return [...new Set(usable.map(({ origin }) => origin))];
}
