import type { Confidentiality } from '../../r4/model/confidentiality.js';

/** Ways in which a client authenticates (SMART App Launch 2.2, "Client Types"). */
export type ClientKind = 'public' | 'confidential-symmetric' | 'confidential-asymmetric';

export type GrantType = 'authorization_code' | 'refresh_token' | 'client_credentials';

/** A registered client. What it may ask for is a ceiling; nothing registered means nothing allowed. */
export interface OauthClient {
  readonly id: string;
  readonly name: string;
  readonly kind: ClientKind;
  readonly grantTypes: readonly GrantType[];
  readonly redirectUris: readonly string[];
  /** SMART scopes and the likes of `openid launch/patient offline_access`; the ceiling. */
  readonly scopes: readonly string[];
  /** Address to which an EHR launch sends the browser. */
  readonly launchUrl?: string;
  /** Public keys for private_key_jwt: a URL or the set itself. */
  readonly jwksUri?: string;
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  /** Salted hash of the secret; the secret itself is shown once. */
  readonly secretHash?: string;
  /** Origins of browser apps, for CORS; those of redirectUris count too. */
  readonly origins: readonly string[];
  readonly logoUri?: string;
  readonly policyUri?: string;
  readonly tosUri?: string;
  readonly contacts: readonly string[];
  /** The highest confidentiality that the tokens show which it gets for itself; absent: the setting CLEARANCE. */
  readonly clearance?: Confidentiality;
  /** True if these tokens may break the glass. */
  readonly breakGlass?: boolean;
  /** True if Consents do not apply to these tokens. */
  readonly consentExempt?: boolean;
  /** These tokens may create at ids of their own although Consents deny something. */
  readonly ownIds?: boolean;
  /** Purpose of all requests with its tokens, those of its users too: a code of v3-PurposeOfUse other than BTG. */
  readonly purposeOfUse?: string;
  /** May ask the introspection endpoint about all tokens, or with `resources` about tokens for these. */
  readonly introspects: boolean;
  /** The servers that the client is: FHIR bases as tokens name them in `aud` (RFC 8707). It may introspect tokens for them. */
  readonly resources?: readonly string[];
  /** The other servers that the tokens which it gets for itself may be for, beside this one. */
  readonly audiences?: readonly string[];
  /** `sid` of the tokens that the client gets for itself: they end with it when the client is removed or disabled. */
  readonly machineSession?: string;
  readonly createdBy: 'admin' | 'apply' | 'registration' | 'server';
  /** A part of this server: no consent is asked for it, and what its redirect URIs say is exact. */
  readonly firstParty?: true;
  /** Addresses to which the browser may be sent after a logout. Of first-party clients only. */
  readonly postLogoutRedirectUris?: readonly string[];
  readonly disabled: boolean;
}

/** The clients of the authorization server; cached for seconds, so that a change reaches all replicas within 5 s. */
export abstract class OauthClients {
  /** Undefined when unknown or disabled. */
  abstract find(id: string): Promise<OauthClient | undefined>;
  /** Constant in time, also for unknown clients. */
  abstract secretMatches(client: OauthClient, secret: string): Promise<boolean>;
  /** The address of a server as its client has registered it; undefined when no active client stands for the server. */
  abstract findResource(url: string): Promise<string | undefined>;
  /** Origins of all clients that may be used, for CORS. */
  abstract isRegisteredOrigin(origin: string): boolean | Promise<boolean>;
}
