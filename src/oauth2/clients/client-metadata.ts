import type { OauthClient } from './oauth-client.js';

/** What is registered about a client: all of it but its id, its secret, its session and where it came from. */
export type ClientMetadata = Omit<OauthClient, 'id' | 'secretHash' | 'machineSession' | 'createdBy'>;

/** One thing that is wrong with a registration. */
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
