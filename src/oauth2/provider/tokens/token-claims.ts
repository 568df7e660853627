import type { UserAccount } from '../../../auth/accounts/local-accounts.js';
import { withholdingClaims } from '../../../auth/accounts/withholding-claims.js';
import type { OauthClient } from '../../clients/oauth-client.js';

/** Circumstances of a token that a user's app gets. */
interface UserToken {
  /** FHIR base of the server that the token is for: a person has one id at all of them (docs/adr/0039). */
  readonly server: string;
  readonly client: Pick<OauthClient, 'purposeOfUse'> | undefined;
  /** Id of the patient of the launch. */
  readonly patient?: string | undefined;
}

/** Claims in an access token of a user. Always with `fhirUser`: it is what limits a patient's `user/` scopes to their own record. */
export const claimsOfUser = (account: UserAccount, { server, client, patient }: UserToken) => ({
  ...(account.fhirUser !== null && { fhirUser: personUrl(account.fhirUser, server) }),
  ...(patient !== undefined && { patient }),
  ...withholdingClaims(account),
  ...purposeClaim(client),
});

/** Claims about labels and Consents for a client that acts for itself; a user's app has what its user has. */
export function claimsOfMachine(client: OauthClient) {
  const { clearance = null, breakGlass = false, consentExempt = false, ownIds = false } = client;
  return { ...withholdingClaims({ clearance, breakGlass, consentExempt, ownIds }), ...purposeClaim(client) };
}

export const personUrl = (reference: string, server: string): string => `${server.replace(/\/$/, '')}/${reference}`;

/** Purpose that the client is registered for, for each of its users. */
const purposeClaim = (client: UserToken['client']) =>
  client?.purposeOfUse === undefined ? {} : { purpose_of_use: client.purposeOfUse };
