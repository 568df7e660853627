import { Refused } from '../../../../refusal/refusal.js';
import type { Access } from '../../../../scope/access.js';
import { ownerWords } from '../../../../scope/explain/words.js';
import type { Confidentiality } from '../../../../r4/model/confidentiality.js';
import type { JsonObject } from '../../../../r4/json/json.js';
import { namedOwners, ownerElement } from '../../../../r4/model/owner-elements.js';
import { isLabelledAbove } from '../../consent/label-predicate.js';
import type { ContentChange } from '../next-version.js';

/** 403: the caller may write the type, but not this content. */
export function refuseContent({
  type,
  access,
  resource,
}: Pick<ContentChange, 'type' | 'access'> & Partial<Pick<ContentChange, 'resource'>>): Refused {
  const clearance = resource && exceededClearance(access, resource);
  if (clearance !== undefined) return labelRefusal(type, clearance);
  const foreign = resource ? foreignOwners(access, resource) : [];
  if (foreign.length > 0) return ownerRefusal(access, foreign);
  const owners = access.grants.flatMap(({ within }) => (within ? [recordOf(within.owner)] : []));
  const limits = [...new Set(access.grants.flatMap(({ where }) => where.map(({ parameter }) => parameter.code)))];
  const constraint = limits.length === 0 ? '' : `the limits that the access sets on ${limits.join(', ')}`;
  return owners.length === 0 ? limitRefusal(type, constraint) : recordRefusal(type, owners, constraint);
}

const limitRefusal = (type: string, constraint: string): Refused =>
  new Refused([
    {
      code: 'write-outside-constraint',
      fact: `The ${type} as written does not satisfy ${constraint || 'what the access is limited to'}.`,
      cure: 'Write content that satisfies the limits of the granular scopes and of the policies; GET $my-access names them. Scopes without limits may be asked for, policies are the rules of this server.',
    },
  ]);

function recordRefusal(type: string, owners: readonly string[], constraint: string): Refused {
  const record = [...new Set(owners)].join(' or ');
  return new Refused([
    {
      code: 'write-outside-compartment',
      fact: `The ${type} as written does not lie in the record of ${record}${constraint && `, or does not satisfy ${constraint}`}.`,
      cure:
        cures[type] ??
        `Refer to the patient of the record, and to nobody else, in ${ownerElement(type)?.path ?? 'subject or patient'}; without it, in another element that places ${type} in the patient compartment.`,
    },
  ]);
}

/** For types that belong to a record through other resources. */
const cures: Readonly<Record<string, string>> = {
  Binary:
    'Set securityContext (of content that is sent as it is: the header X-Security-Context) to the patient of the record.',
  Provenance:
    'Name targets that are of the record and that the token may read, or create them in the same transaction.',
};

/** The places that name somebody else than the patient whom every grant is limited to, as far as the content alone tells. */
function foreignOwners({ type, grants }: Access, resource: JsonObject): readonly string[] {
  const places = grants.map(({ within }) => {
    const { owner, ownedBy } = within ?? {};
    if (owner?.kind !== 'patient' || !ownedBy) return [];
    const isForeign = (target: string | undefined): boolean =>
      target === undefined || (target !== `Patient/${owner.id}` && (!isDerived(type) || target.startsWith('Patient/')));
    return namedOwners(resource, type, ownedBy.base)
      .filter(({ target }) => isForeign(target))
      .map(({ expression }) => expression);
  });
  return places.every((some) => some.length > 0) ? (places[0] ?? []) : [];
}

/** These may name any resource of the record. */
const isDerived = (type: string): boolean => type === 'Provenance' || type === 'Binary';

/** The places that one answer names. The first ones are enough to find the rest. */
const mostPlaces = 5;

function ownerRefusal({ type, grants }: Access, places: readonly string[]): Refused {
  const records = [...new Set(grants.flatMap(({ within }) => (within ? [ownerWords(within.owner)] : [])))].join(' or ');
  const own = [...new Set(grants.flatMap(({ within }) => (within ? [recordOf(within.owner)] : [])))].join(' or ');
  const named = isDerived(type) ? `${own}, or a resource of that record` : own;
  const refusals = places.slice(0, mostPlaces).map((place) => ({
    code: 'write-outside-compartment' as const,
    fact: `${place} does not name ${named}. The access is limited to the ${records}: it writes into that record alone, whoever is named elsewhere as recorder, author, performer or participant.`,
    cure: `Write {"reference": "${own}"} there, not an identifier, a display, a contained resource or a reference to another server. For another patient, use a token of that patient, or user/ scopes of a practitioner.`,
    expression: [place],
  }));
  return new Refused(refusals as [(typeof refusals)[number], ...typeof refusals]);
}

/** The clearance of the caller, where a label of the content is above it. */
function exceededClearance({ grants }: Access, resource: JsonObject): Confidentiality | undefined {
  const clearance = grants.find(({ withheld }) => withheld?.clearance !== undefined)?.withheld?.clearance;
  return clearance !== undefined && isLabelledAbove(resource, clearance) ? clearance : undefined;
}

const labelRefusal = (type: string, clearance: Confidentiality): Refused =>
  new Refused([
    {
      code: 'label-above-clearance',
      fact: `The ${type} as written has a confidentiality label above ${clearance}, the clearance of the caller.`,
      cure: `Write it with a label of meta.security no higher than ${clearance}, or ask an administrator for a higher clearance: lanyard user set NAME --clearance CODE; for a backend service, clearance of its client; for users of another issuer, "claims": {"clearance": …} in TRUSTED_ISSUERS.`,
    },
  ]);

const recordOf = (owner: { readonly kind: string; readonly id: string }): string =>
  owner.kind === 'patient' ? `Patient/${owner.id}` : `the patient of RelatedPerson/${owner.id}`;
