import type { Principal } from '../auth/principal.js';
import { ownerElement } from '../r4/model/owner-elements.js';
import { binaryReferrers, type CompartmentGroup, compartmentGroup } from '../r4/model/patient-compartment.js';
import type { Filter } from '../r4/search/query/filter.js';
import type { SearchParameters } from '../r4/search/parameters/search-parameters.js';
import type { ValueSettings } from '../r4/search/values/value-settings.js';
import type { ReasonCode } from '../refusal/reasons.js';
import type { Grant, RecordOwner, Within } from './grant.js';
import { isReading, type Permission, permissionWords } from './grammar/permission.js';
import type { RecordGuard } from './record-writes.js';
import { resolveConstraints } from './grammar/scope-constraints.js';
import type { UsableScope } from './grammar/token-scopes.js';
import { attachableSources, type Reach, visibleSources } from './visible-sources.js';

/** Reason why a scope that covers a type and permission still gives nothing there. */
export interface Obstacle {
  readonly code: ReasonCode;
  readonly scope: UsableScope;
  readonly fact: string;
  /** Cure, where it differs from the default of the code. */
  readonly cure?: string;
}

export interface ScopeQuery {
  readonly principal: Principal;
  readonly type: string;
  readonly permission: Permission;
  readonly search: ValueSettings & { readonly parameters: SearchParameters; readonly recordGuard: RecordGuard };
  /** Access of the caller to other types, for types whose visibility is derived. */
  readonly reach: Reach;
}

/** Returns the grants of one scope that covers type and permission. */
export function grantsOf(scope: UsableScope, query: ScopeQuery): readonly Grant[] | Obstacle {
  const where = resolveConstraints(scope.constraints, query.type, query.search);
  if ('why' in where)
    return { code: 'scope-constraint-unsupported', scope, fact: where.why.endsWith('?') ? where.why : `${where.why}.` };
  if (!scope.owner) return [{ where: where.ok }];
  const own = ownResource(query, where.ok);
  const inRecord = grantInRecord(scope.owner, query, where.ok);
  if (!('fact' in inRecord)) return [inRecord, ...own];
  return own.length > 0 ? own : { ...inRecord, scope };
}

/** The user's own resource stays readable whatever group its type is in. */
function ownResource({ principal: { fhirUser }, type, permission }: ScopeQuery, where: readonly Filter[]): Grant[] {
  return isReading(permission) && fhirUser?.type === type ? [{ where, only: fhirUser.id }] : [];
}

type Fact = Omit<Obstacle, 'scope'>;

/** The grant within one patient's record, or the fact that there is none. */
function grantInRecord(owner: RecordOwner, query: ScopeQuery, where: readonly Filter[]): Grant | Fact {
  const { type, permission } = query;
  const forbidden = isReading(permission) ? undefined : forbiddenWrite(owner, query);
  if (forbidden) return forbidden;
  const group = compartmentGroup(type);
  if (group === 'member') return { within: memberOf(owner, query), where };
  if (group === 'derived') return { within: derivedMembership(owner, query), where };
  if (group === 'shared' && isReading(permission)) return { where };
  return { code: 'type-withheld', fact: withheldFact(group, type, permission) };
}

/** Writes that would change whose record it is, or who else sees it, whatever they say. */
function forbiddenWrite(owner: RecordOwner, { principal, type, permission, search }: ScopeQuery): Fact | undefined {
  if (type === 'Patient' && permission === 'c') {
    const fact = 'A new Patient lies outside the record of every other patient.';
    return { code: 'write-outside-compartment', fact };
  }
  if (type === 'RelatedPerson' && [owner.kind, principal.fhirUser?.type].some(isRelative)) {
    const fact = 'A RelatedPerson cannot be written by the access that a RelatedPerson gives.';
    return { code: 'type-withheld', fact };
  }
  const guarded = search.recordGuard(type);
  return guarded && { code: 'policy-relevant', ...guarded };
}

const isRelative = (kind: string | undefined): boolean => kind === 'related-person' || kind === 'RelatedPerson';

/** Membership in a record. Writers of types that can point at a Binary may point only at those they see (ADR 9). */
function memberOf(owner: RecordOwner, query: ScopeQuery): Within {
  const { type, permission, reach } = query;
  const mayPoint = binaryReferrers.has(type) && (permission === 'c' || permission === 'u');
  const sources = mayPoint ? visibleSources(owner, reach) : undefined;
  return { owner, membership: 'compartment', ...(sources && { sources }), ...ownership(query) };
}

/** Reading goes by every parameter of the compartment, writing by the element that says whose record it is (ADR 41). */
function ownership({ type, permission, search }: ScopeQuery): Pick<Within, 'ownedBy'> {
  const element = isReading(permission) ? undefined : ownerElement(type);
  return element ? { ownedBy: { type, element, base: search.base } } : {};
}

/** Membership of a Provenance or Binary: it may be attached to what the writer sees, and to what is created with it. */
function derivedMembership(owner: RecordOwner, query: ScopeQuery): Within {
  const { type, permission, reach } = query;
  const membership = type === 'Provenance' ? 'provenance-target' : 'binary-referrer';
  const sources = isReading(permission) ? visibleSources(owner, reach) : attachableSources(owner, reach);
  return { owner, membership, ...(sources && { sources }), ...ownership(query) };
}

const withheldFact = (group: CompartmentGroup, type: string, permission: Permission): string =>
  group === 'shared'
    ? `${type} is shared by all patients: it can be read within the access of one patient, but not ${permissionWords[permission]}d.`
    : `${type} does not belong to the record of one patient.`;

/** SMART scope `fhirUser`: the app may read the resource of its user, whatever else it was granted. */
export const identityGrants = ({
  principal,
  type,
  permission,
}: Omit<ScopeQuery, 'search' | 'reach'>): readonly Grant[] =>
  permission === 'r' && principal.fhirUser?.type === type && principal.scopes.includes('fhirUser')
    ? [{ where: [], only: principal.fhirUser.id }]
    : none;

const none: readonly Grant[] = [];

/** The patient of the launch, the user's own resource, and the patient that a RelatedPerson stands for. */
export function namedGrants({ patient, fhirUser }: Principal, type: string): readonly Grant[] {
  const grants: Grant[] = [];
  if (patient !== undefined && type === 'Patient') grants.push({ where: [], only: patient });
  if (fhirUser?.type === type) grants.push({ where: [], only: fhirUser.id });
  if (fhirUser?.type === 'RelatedPerson' && type === 'Patient') {
    grants.push({
      where: [],
      within: { owner: { kind: 'related-person', id: fhirUser.id }, membership: 'compartment' },
    });
  }
  return grants;
}
