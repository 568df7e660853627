import { advertisedOf } from '../auth/issuers/advertised-issuer.js';
import type { AuthOptions } from '../auth/auth-options.js';
import { serverVersion } from '../config/server-version.js';
import type { FhirOptions } from '../fhir/fhir-options.js';
import { consoleLogin } from './console-login.js';
import type { ConsoleOptions } from './console-options.js';

/** Addresses and facts that the console begins with; open documents tell all of it, too. */
export interface ConsoleConfig {
  readonly version: string;
  /** The console itself, with a slash at the end. */
  readonly console: string;
  readonly fhirBase: string;
  /** Authorization server at which people log in to the console; without a client there, the one whose tokens count. */
  readonly issuer?: string;
  /** Absent: the console is no client there, and takes a token that people bring. */
  readonly clientId?: string;
  /** Scopes that the console requests; absent: those of all its pages. */
  readonly scopes?: string;
  /** Name of this server at another authorization server. */
  readonly audience?: string;
  /** Address of users, apps and policies. Absent: they are kept elsewhere. */
  readonly accounts?: string;
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
  /** True where operators may look into a tenant: `tenants/NAME/break-glass` below `admin`. */
  readonly breakGlass?: true;
}

const ofOperator = ({ hasTenants, hasBreakGlass }: ConsoleOptions): Pick<ConsoleConfig, 'tenants' | 'breakGlass'> =>
  hasTenants ? { tenants: true, ...(hasBreakGlass && { breakGlass: true }) } : {};

export function consoleConfig(
  options: ConsoleOptions,
  { base, docsUrl }: Pick<FhirOptions, 'base' | 'docsUrl'>,
  auth: Pick<AuthOptions, 'localIssuer' | 'issuers'>,
): ConsoleConfig {
  const { publicUrl, hasApi, isOfProcess } = options;
  const { localIssuer } = auth;
  const login = consoleLogin(options, auth);
  const issuer = login?.issuer ?? advertisedOf(auth)?.issuer;
  return {
    version: serverVersion,
    console: `${publicUrl}/console/`,
    fhirBase: base,
    ...(issuer !== undefined && { issuer }),
    ...login,
    ...(localIssuer !== undefined && { accounts: localIssuer }),
    access: docsUrl,
    ...(isOfProcess && { health: `${publicUrl}/health` }),
    admin: `${publicUrl}/admin`,
    ...ofOperator(options),
    ...(hasApi && { api: new URL('api', docsUrl).href, openapi: new URL('../openapi.json', docsUrl).href }),
  };
}
