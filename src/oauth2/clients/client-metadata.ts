import type { OauthClient } from './oauth-client.js';

/** Registered data of a client, without its id, secret, session and origin. */
export type ClientMetadata = Omit<
  OauthClient,
  'id' | 'secretHash' | 'machineSession' | 'createdBy' | 'firstParty' | 'postLogoutRedirectUris'
>;

/** Fault of a registration. */
export interface ClientProblem {
  readonly field: keyof ClientMetadata | 'id';
  readonly fact: string;
  readonly cure: string;
}

export const problem = (field: ClientProblem['field'], fact: string, cure: string): ClientProblem => ({
  field,
  fact,
  cure,
});
