import type { UserAccount } from '../../auth/local-accounts.js';

/** A user as administrators see them; never a hash. */
export const accountAnswer = ({ name, grants, fhirUser, disabledAt, createdAt }: UserAccount): object => ({
  name,
  grants: grants.split(' ').filter((scope) => scope !== ''),
  ...(fhirUser !== null && { fhirUser }),
  disabled: disabledAt !== null,
  createdAt,
});
