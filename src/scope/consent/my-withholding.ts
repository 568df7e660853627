import type { Confidentiality } from '../../r4/model/confidentiality.js';
import { whyOwnIds } from './own-ids.js';
import type { RequestContext } from '../request-context.js';
import { clearanceOf, whyConsentIsLifted } from './withheld.js';

/** Limits of a caller by labels and Consents, independent of stored data. */
export interface MyWithholding {
  readonly clearance: Confidentiality;
  /** Says in words whether Consents apply. */
  readonly consent: string;
  readonly mayBreakGlass: boolean;
  /** Why the caller may create at ids of their own although Consents deny something; absent: not, or no need. */
  readonly ownIds?: string;
}

export function myWithholding({ principal, rules }: RequestContext): MyWithholding {
  const { withholding } = rules;
  const ids = whyOwnIds(principal, rules);
  const lifted = whyConsentIsLifted(principal, withholding);
  const own = principal.fhirUser?.type === 'Patient' ? `, except for Patient/${principal.fhirUser.id}` : '';
  return {
    clearance: clearanceOf(principal, withholding),
    consent: lifted === undefined ? `enforced${own}` : `not enforced: ${whys[lifted]}`,
    mayBreakGlass: principal.mayBreakGlass === true,
    ...(ids && lifted === undefined && { ownIds: `may be chosen (PUT): ${whysOfIds[ids]}` }),
  };
}

const whysOfIds: Readonly<Record<NonNullable<ReturnType<typeof whyOwnIds>>, string>> = {
  given: 'an administrator lets the caller load data',
  'writes-everything': 'the caller is a machine that may write everything',
};

const whys: Readonly<Record<NonNullable<ReturnType<typeof whyConsentIsLifted>>, string>> = {
  off: 'the server does not enforce Consents (CONSENT=off)',
  exempt: 'an administrator exempted the caller',
  machine: 'Consents do not count for machines here (CONSENT=users)',
  'break-glass': 'the caller breaks the glass',
};
