import type { Paths } from './document.js';

/** Injection token of {@link OpenApiOptions}. */
export const OPENAPI_OPTIONS = Symbol('OPENAPI_OPTIONS');

export interface OpenApiOptions {
  /** Address of the server without trailing slash; paths of the document are below it. */
  readonly publicUrl: string;
  /** Paths of the application beside FHIR, login and the authorization server. */
  readonly paths: readonly Paths[];
}
