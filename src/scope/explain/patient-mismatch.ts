import type { Interaction } from '../../r4/rest/interaction.js';
import { parseReference } from '../../r4/model/reference.js';
import type { Refusal } from '../../refusal/refusal.js';
import type { Access, Grant } from '../access.js';

const idSyntax = /^[A-Za-z0-9\-.]{1,64}$/;
const shown = 5;

/** The refusal for a request line that asks for another patient than every scope of the token is limited to. */
export function mismatchOf(access: Access, { type, id, query }: Interaction, base: string): Refusal | undefined {
  if (access.unrestricted) return undefined;
  const asked = type === 'Patient' && id !== undefined ? [[id]] : askedPatients(access, query, base);
  const reaches = access.type === 'Patient' ? reachesPatient : reachesRecord;
  const foreign = asked.find((ids) => ids.length > 0 && !ids.some((one) => reaches(access, one)));
  return foreign && recordMismatch([access], foreign[0]!);
}

/** The patients that each criterion of a search names; a criterion is an OR of its values. */
function askedPatients(access: Access, query: URLSearchParams, base: string): readonly (readonly string[])[] {
  return [...query].flatMap(([name, value]) => {
    const read = access.type === 'Patient' ? patientIds[name] : recordIds[name];
    const ids = read && value.split(',').map((text) => read(text, base));
    // A value that names no patient may find rows, so only stored data can tell.
    return ids?.every((one) => one !== undefined) ? [ids] : [];
  });
}

type ReadId = (text: string, base: string) => string | undefined;

const bareId: ReadId = (text) => (idSyntax.test(text) ? text : undefined);
const patientReference: ReadId = (text, base) => {
  const reference = parseReference(text, base);
  return reference?.type === 'Patient' ? reference.id : undefined;
};
const either: ReadId = (text, base) => bareId(text, base) ?? patientReference(text, base);

const patientIds: Readonly<Record<string, ReadId>> = Object.assign(Object.create(null), { _id: bareId });
const recordIds: Readonly<Record<string, ReadId>> = Object.assign(Object.create(null), {
  patient: either,
  'patient:Patient': either,
  // A bare id could be one of another type.
  subject: patientReference,
  'subject:Patient': either,
});

/** True if rows of this patient's record may be within reach; also where only stored data can tell. */
export const reachesRecord = ({ grants }: Access, id: string): boolean =>
  grants.some((grant) => grant.only !== undefined || ownerReaches(grant, id));

const reachesPatient = ({ grants }: Access, id: string): boolean =>
  grants.some((grant) => (grant.only === undefined ? ownerReaches(grant, id) : grant.only === id));

const ownerReaches = ({ within }: Grant, id: string): boolean =>
  within === undefined || within.owner.kind !== 'patient' || within.owner.id === id;

export function recordMismatch(accesses: readonly Access[], asked: string): Refusal {
  const owners = [...new Set(accesses.flatMap(({ grants }) => grants.flatMap(ownerOf)))].toSorted();
  const own = owners.slice(0, shown).join(', ');
  return {
    code: 'patient-context-mismatch',
    fact: `The request asks for Patient/${asked}, but the scopes of the token are limited to ${own}.`,
    cure: `Ask for ${own}, or get a token for Patient/${asked} (another launch), or one with user/ scopes of a practitioner.`,
  };
}

const ownerOf = ({ within, only }: Grant): readonly string[] => {
  if (within?.owner.kind === 'patient') return [`Patient/${within.owner.id}`];
  return only === undefined ? [] : [`Patient/${only}`];
};
