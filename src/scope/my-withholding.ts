import type { Confidentiality } from '../fhir/model/confidentiality.js';
import type { RequestContext } from './request-context.js';
import { clearanceOf, whyConsentIsLifted } from './withheld.js';

/** What labels and Consents withhold from a caller, whatever is stored. */
export interface MyWithholding {
  readonly clearance: Confidentiality;
  /** Whether Consents count, in words. */
  readonly consent: string;
  readonly mayBreakGlass: boolean;
}

export function myWithholding({ principal, rules: { withholding } }: RequestContext): MyWithholding {
  const lifted = whyConsentIsLifted(principal, withholding);
  const own = principal.fhirUser?.type === 'Patient' ? `, except for Patient/${principal.fhirUser.id}` : '';
  return {
    clearance: clearanceOf(principal, withholding),
    consent: lifted === undefined ? `enforced${own}` : `not enforced: ${whys[lifted]}`,
    mayBreakGlass: principal.mayBreakGlass === true,
  };
}

const whys: Readonly<Record<NonNullable<ReturnType<typeof whyConsentIsLifted>>, string>> = {
  off: 'the server does not enforce Consents (CONSENT=off)',
  exempt: 'an administrator exempted the caller',
  machine: 'Consents do not count for machines here (CONSENT=users)',
  'break-glass': 'the caller breaks the glass',
};
