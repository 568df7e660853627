/** Facts of the server in `config.json`. */
export interface ConsoleConfig {
  readonly version: string;
  /** The console itself, with a slash at the end. */
  readonly console: string;
  readonly fhirBase: string;
  /** Authorization server at which people log in to the console; without a client there, the one whose tokens count. */
  readonly issuer?: string;
  /** Absent: the console is no client there, and takes a token that people bring. */
  readonly clientId?: string;
  /** Scopes that the console asks for; absent: all that it has pages for. */
  readonly scopes?: string;
  /** Name of this server at another authorization server. */
  readonly audience?: string;
  /** Address of users, apps and policies. Absent: they are kept elsewhere. */
  readonly accounts?: string;
  readonly access: string;
  /** Absent: the server has no OpenAPI document. */
  readonly api?: string;
  readonly openapi?: string;
  /** `ready` below it says how each part of the process is. Absent for a tenant, which has no address of the process. */
  readonly health?: string;
  /** Administration that is not the authorization server's: `extensions` below it. */
  readonly admin: string;
  /** True where the operator administers tenants: `tenants` below `admin`. */
  readonly tenants?: true;
  /** True where operators may look into a tenant (TENANT_BREAK_GLASS). */
  readonly breakGlass?: true;
}

/** False for a tenant, which has no addresses of the process. */
export const isOfProcess = ({ health }: ConsoleConfig): boolean => health !== undefined;

/** Where the console is in this browser: the base of the page, which the server wrote for its address. */
export const consoleBase = (): URL => new URL('.', document.baseURI);

export async function loadConfig(): Promise<ConsoleConfig> {
  const answer = await fetch(new URL('config.json', consoleBase()), { cache: 'no-store' });
  if (!answer.ok) throw new Error(`config.json was answered ${answer.status}`);
  return (await answer.json()) as ConsoleConfig;
}
