/** Injection token of the {@link ConsoleOptions}. */
export const CONSOLE_OPTIONS = Symbol('CONSOLE_OPTIONS');

export interface ConsoleOptions {
  /** False: its addresses are 404, which says so. */
  readonly isOn: boolean;
  /** Client of the console at another authorization server; without `issuer` at the advertised one. */
  readonly login?: { readonly clientId: string; readonly issuer?: string; readonly scopes?: string };
  /** As people see it, without a slash at the end. */
  readonly publicUrl: string;
  /** False: there is no OpenAPI document. */
  readonly hasApi: boolean;
  /** True for the application that has the addresses of the process: its health, doctor, settings, metrics. */
  readonly isOfProcess: boolean;
  /** True for the tenant `default` of a server that has others. */
  readonly hasTenants: boolean;
  /** True where operators may look into those over HTTP (docs/adr/0192). */
  readonly hasBreakGlass: boolean;
}
