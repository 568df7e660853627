import type { AuthOptions } from '../auth/auth-options.js';
import { serverVersion } from '../config/server-version.js';
import type { FhirOptions } from '../fhir/fhir-options.js';
import type { ConsoleOptions } from './console-options.js';
import { consoleClientId } from '../oauth2/clients/console-client.js';

/** Addresses and facts that the console begins with; open documents tell all of it, too. */
export interface ConsoleConfig {
  readonly version: string;
  /** The console itself, with a slash at the end. */
  readonly console: string;
  readonly fhirBase: string;
  readonly issuer?: string;
  /** Absent: the issuer is somebody else's, and the console takes a token that people bring. */
  readonly clientId?: string;
  /** The page that explains refusals. */
  readonly access: string;
  /** Absent: there is no OpenAPI document. */
  readonly api?: string;
  readonly openapi?: string;
  /** `ready` below it says how each part of the process is. Absent for a tenant, which has no address of the process. */
  readonly health?: string;
  /** Administration that is not the authorization server's: `extensions` below it. */
  readonly admin: string;
  /** True where the operator administers tenants: `tenants` below `admin`. */
  readonly tenants?: true;
}

export function consoleConfig(
  { publicUrl, hasApi, hasTenants, isOfProcess }: ConsoleOptions,
  { base, docsUrl }: Pick<FhirOptions, 'base' | 'docsUrl'>,
  { localIssuer, issuers }: Pick<AuthOptions, 'localIssuer' | 'issuers'>,
): ConsoleConfig {
  const issuer = localIssuer ?? issuers[0]?.issuer;
  return {
    version: serverVersion,
    console: `${publicUrl}/console/`,
    fhirBase: base,
    ...(issuer !== undefined && { issuer }),
    ...(localIssuer !== undefined && { clientId: consoleClientId }),
    access: docsUrl,
    ...(isOfProcess && { health: `${publicUrl}/health` }),
    admin: `${publicUrl}/admin`,
    ...(hasTenants && { tenants: true as const }),
    ...(hasApi && { api: new URL('api', docsUrl).href, openapi: new URL('../openapi.json', docsUrl).href }),
  };
}
