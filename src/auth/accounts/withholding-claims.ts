import type { Principal } from '../principal.js';
import type { UserAccount, Withholding } from '../storage/user-account.repository.js';

/** Claims about labels and Consents in tokens of this server; the rules of the own issuer read them. */
export const withholdingClaims = ({
  clearance,
  breakGlass,
  consentExempt,
  ownIds,
}: Pick<UserAccount, Withholding>) => ({
  ...(clearance !== null && { clearance }),
  ...(breakGlass && ({ break_glass: true } as const)),
  ...(consentExempt && ({ consent_exempt: true } as const)),
  ...(ownIds && ({ own_ids: true } as const)),
});

/** Rights about labels and Consents of a user who is known without a token. */
export const withholdingOf = ({
  clearance,
  consentExempt,
  ownIds,
}: Pick<UserAccount, Withholding>): Pick<Principal, 'clearance' | 'consentExempt' | 'ownIds'> => ({
  ...(clearance !== null && { clearance }),
  ...(consentExempt && { consentExempt: true }),
  ...(ownIds && { ownIds: true }),
});
