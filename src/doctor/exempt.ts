import { type DoctorResult, resultsOf } from './doctor-result.js';
import { listing, type Value } from './words/say.js';

/** An account for which Consents count less than for others. */
export interface ExemptAccount {
  readonly name: string;
  readonly consentExempt: boolean;
  readonly ownIds: boolean;
}

const found = resultsOf('administration');
const mostNames = 10;
/** More are not counted. */
export const mostExempt = 1000;

/** Names the accounts that are exempt, and from what (docs/adr/0044); nothing where none is. */
export function judgeExempt(accounts: readonly ExemptAccount[]): readonly DoctorResult[] {
  const exempt = accounts.filter(({ consentExempt }) => consentExempt);
  const choosing = accounts.filter(({ consentExempt, ownIds }) => ownIds && !consentExempt);
  return [
    ...(exempt.length > 0 ? [found.ok('consents', 'administration.consent-exempt', { names: namesOf(exempt) })] : []),
    ...(choosing.length > 0 ? [found.ok('consents', 'administration.own-ids', { names: namesOf(choosing) })] : []),
  ];
}

const namesOf = (accounts: readonly ExemptAccount[]): Value =>
  listing(
    accounts.map(({ name }) => name),
    mostNames,
  );
