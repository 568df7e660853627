import type { Confidentiality } from '../r4/model/confidentiality.js';

/** The caller, as a verified access token (or a verified password) says. */
export interface Principal {
  readonly issuer: string;
  /** True for tokens and users of this server's own issuer. */
  readonly local: boolean;
  readonly subject: string;
  readonly clientId?: string;
  /** `system/` scopes count for machines only. */
  readonly kind: 'user' | 'machine';
  /** Scopes as granted, after the issuer's `scopeMap`; unknown ones included. */
  readonly scopes: readonly string[];
  /** The patient id of the SMART launch context. */
  readonly patient?: string;
  /** The FHIR resource of the user, when it is one of ours. */
  readonly fhirUser?: { readonly type: string; readonly id: string };
  /** Value that names the user but no person here, and why: the `user/` scopes count for nothing. */
  readonly unusableFhirUser?: string;
  /** `allow` if `user/` scopes count without a `fhirUser`: `userWithoutFhirUser` of the issuer in TRUSTED_ISSUERS. */
  readonly userWithoutFhirUser: 'deny' | 'allow';
  /** `allow` if `admin/` scopes of the issuer count (docs/adr/0037); absent: they do not. */
  readonly adminScopes?: 'allow';
  /** The highest confidentiality that the caller may see, where an administrator set it. */
  readonly clearance?: Confidentiality;
  /** True if Consents do not apply to the caller. */
  readonly consentExempt?: boolean;
  /** True if the caller may create at ids of their own although Consents deny something (docs/adr/0044). */
  readonly ownIds?: boolean;
  /** True if the caller may lift Consents in an emergency. */
  readonly mayBreakGlass?: boolean;
  /** Purpose of all requests with the token: a code of v3-PurposeOfUse, as the client was registered. */
  readonly fixedPurpose?: string;
  /** Purpose of this one request, as the caller states it, with the reason. */
  readonly purposeOfUse?: { readonly code: string; readonly reason?: string };
  /** Seconds since 1970. */
  readonly expiresAt: number;
  readonly tokenId?: string;
  readonly sessionId?: string;
  /** All verified claims, for policies. */
  readonly claims: Readonly<Record<string, unknown>>;
}
