import type { Refusal } from '../refusal/refusal.js';

/** Returns why a type cannot be written within the access to one record, and the cure. */
export type RecordGuard = (type: string) => Pick<Refusal, 'fact' | 'cure'> | undefined;

/** Types whose resources let others in, or say whose record somebody may open. */
const opening: Readonly<Record<string, string>> = {
  CareTeam: 'A CareTeam can let its participants into a record: policies and Consents go by it.',
  Consent: 'A Consent says who sees a record.',
  Person: 'A Person says whose records its user may open.',
  RelatedPerson: 'A RelatedPerson can open the record of its patient to somebody else.',
};

const listing = (type: string): string =>
  `A policy of this server goes by what a ${type} names, so a ${type} can let others in.`;

/**
 * Forbids a caller who is limited to one record to write types that decide who else sees it, unless PATIENT_WRITES
 * names the type (ADR 42). `listed`: types that list what a policy is about.
 */
export function guardRecord(
  type: string,
  allowed: readonly string[],
  listed: ReadonlySet<string>,
): ReturnType<RecordGuard> {
  if (allowed.includes(type)) return undefined;
  const fact = opening[type] ?? (listed.has(type) ? listing(type) : undefined);
  return fact === undefined ? undefined : { fact, cure: `The operator of this server may set PATIENT_WRITES=${type}.` };
}
