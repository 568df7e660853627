import type { UserAccount } from '../../auth/accounts/local-accounts.js';

/** A user as administrators see them; never a hash. */
export const accountAnswer = ({ name, grants, fhirUser, disabledAt, createdAt, ...account }: UserAccount): object => ({
  name,
  grants: grants.split(' ').filter((scope) => scope !== ''),
  ...(fhirUser !== null && { fhirUser }),
  ...(account.clearance !== null && { clearance: account.clearance }),
  ...(account.breakGlass && { breakGlass: true }),
  ...(account.consentExempt && { consentExempt: true }),
  ...(account.ownIds && { ownIds: true }),
  ...(account.oneTimeUntil !== null && { oneTimePasswordUntil: account.oneTimeUntil }),
  disabled: disabledAt !== null,
  createdAt,
});
