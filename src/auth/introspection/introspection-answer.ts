import type { Claims } from '../token/strict-json.js';

/** Statement of an issuer about a token (RFC 7662 section 2.2). */
export type IntrospectionAnswer =
  | { readonly kind: 'active'; readonly claims: Claims }
  | { readonly kind: 'inactive' }
  /** The issuer, or this server, failed; `cause` is made of configuration only. */
  | { readonly kind: 'unavailable'; readonly cause: string };
