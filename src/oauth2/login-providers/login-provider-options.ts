import type { LoginProvider } from '../../config/foreign/login-provider.js';

/** Options of the login providers; no environment is read here. */
export interface LoginProviderOptions {
  /** The embedded issuer; the callback addresses are below it. */
  readonly issuer: string;
  readonly fhirBase: string;
  readonly providers: readonly LoginProvider[];
}

export const LOGIN_PROVIDER_OPTIONS = Symbol('LOGIN_PROVIDER_OPTIONS');
