import type { Paths, Tag } from './document.js';

/** Injection token of {@link OpenApiOptions}. */
export const OPENAPI_OPTIONS = Symbol('OPENAPI_OPTIONS');

export interface OpenApiOptions {
  /** Address of the server without trailing slash; paths of the document are below it. */
  readonly publicUrl: string;
  /** Paths of the application beside FHIR, login and the authorization server; made when a document is, since each tenant has such options. */
  readonly paths: () => readonly Paths[];
  /** Tags of these paths, beside those that each server has. */
  readonly tags: readonly Tag[];
}
