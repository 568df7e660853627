import { listed } from '../r4/errors/listed.js';
import { type DoctorResult, resultsOf } from './doctor-result.js';

/** An account for which Consents count less than for others. */
export interface ExemptAccount {
  readonly name: string;
  readonly consentExempt: boolean;
  readonly ownIds: boolean;
}

const found = resultsOf('database');
const mostNames = 10;

/** Names the accounts that are exempt, and from what (docs/adr/0044); nothing where none is. */
export function judgeExempt(accounts: readonly ExemptAccount[]): readonly DoctorResult[] {
  const facts = [
    ...say('Consents do not count at all for', accounts, ({ consentExempt }) => consentExempt),
    ...say('While Consents deny something, ids are chosen by', accounts, (one) => one.ownIds && !one.consentExempt),
  ];
  return facts.length === 0 ? [] : [found.ok('consents', facts.join(' '))];
}

function say(
  what: string,
  accounts: readonly ExemptAccount[],
  isMeant: (account: ExemptAccount) => boolean,
): readonly string[] {
  const names = accounts.filter(isMeant).map(({ name }) => name);
  if (names.length === 0) return [];
  return [`${what} ${listed(names, mostNames)}.`];
}
