import type { Principal } from '../../auth/principal.js';
import { isResourceType } from '../../r4/model/resource-types.js';
import type { Interaction, InteractionKind, NoInteraction } from '../../r4/rest/interaction.js';
import type { Refusal } from '../../refusal/refusal.js';
import { isConditional } from '../interaction-rules.js';
import { isPlainClaim } from '../policies/placeholders.js';

/** A decided request, as a `Decision` tells it. */
export interface DecidedRequest {
  readonly principal: Principal | undefined;
  readonly request: { readonly interaction: Interaction | NoInteraction };
  readonly needs: readonly object[];
  readonly refusals: readonly Pick<Refusal, 'code'>[];
}

type KeptFacts =
  | 'issuer'
  | 'local'
  | 'kind'
  | 'clientId'
  | 'userWithoutFhirUser'
  | 'adminScopes'
  | 'clearance'
  | 'consentExempt'
  | 'ownIds'
  | 'mayBreakGlass'
  | 'fixedPurpose';

/** Facts about a caller that decide, without the ids of patients and without the values of claims (ADR 101). */
export interface CallerShape extends Pick<Principal, KeptFacts> {
  /** Absent for users who are patients or related persons. */
  readonly subject?: string;
  /** In order. */
  readonly scopes: readonly string[];
  readonly hasPatient?: true;
  /** Type of the user's own resource. */
  readonly fhirUser?: string;
  readonly hasUnusableFhirUser?: true;
  /** Names of claims that a policy can put in place. */
  readonly claims: readonly string[];
  /** The claims about groups, as they are. */
  readonly groups?: Readonly<Record<string, unknown>>;
}

/** Facts about a request line that decide, without ids and criteria. */
export interface RequestShape {
  readonly kind: InteractionKind;
  readonly type?: string;
  readonly hasId?: true;
  readonly member?: string;
  readonly operation?: string;
  readonly isConditional?: true;
  /** Types that a search of the whole server names. */
  readonly types?: readonly string[];
}

/** The one id in all that is decided again: of the patient, the user and the resource. */
const standInId = 'x';
const ofPeople: readonly string[] = ['Patient', 'RelatedPerson', 'Person'];
const groupClaims = ['groups', 'hasgroups', '_claim_names'];
const mostNames = 100;
const mostTypes = 20;

/** Reasons that other policies may take away. All others stay, whatever policies say. */
const policyReasons = new Set(['policy-refused', 'policy-relevant', 'element-masked', 'operation-not-granted']);

/** True for a request that policies have a say in: one that was permitted, or refused for a reason of theirs. */
export const isTriable = ({ request, needs, refusals }: DecidedRequest): boolean =>
  needs.length > 0 && request.interaction.kind !== 'none' && refusals.every(({ code }) => policyReasons.has(code));

/** Facts that are false or absent are left out, so that equal callers have equal texts. */
export function callerShapeOf(principal: Principal): CallerShape {
  const { issuer, local, kind, subject, clientId, scopes, fhirUser, claims } = principal;
  const isOfPeople = fhirUser !== undefined && ofPeople.includes(fhirUser.type);
  const groups = Object.fromEntries(groupClaims.filter((name) => name in claims).map((name) => [name, claims[name]]));
  const names = Object.keys(claims).filter((name) => isPlainClaim(claims[name]) && !groupClaims.includes(name));
  return {
    issuer,
    local,
    kind,
    ...(!isOfPeople && { subject }),
    ...(clientId !== undefined && { clientId }),
    scopes: [...new Set(scopes)].toSorted(),
    ...(principal.patient !== undefined && { hasPatient: true }),
    ...(fhirUser && { fhirUser: fhirUser.type }),
    ...rightsOf(principal),
    claims: names.toSorted().slice(0, mostNames),
    ...(Object.keys(groups).length > 0 && { groups }),
  };
}

function rightsOf(principal: Principal) {
  const { adminScopes, clearance, consentExempt, ownIds, mayBreakGlass, fixedPurpose } = principal;
  return {
    ...(principal.unusableFhirUser !== undefined && { hasUnusableFhirUser: true as const }),
    userWithoutFhirUser: principal.userWithoutFhirUser,
    ...(adminScopes && { adminScopes }),
    ...(clearance !== undefined && { clearance }),
    ...(consentExempt && { consentExempt }),
    ...(ownIds && { ownIds }),
    ...(mayBreakGlass && { mayBreakGlass }),
    ...(fixedPurpose !== undefined && { fixedPurpose }),
  };
}

export function requestShapeOf(interaction: Interaction): RequestShape {
  const { kind, type, id, member, operation, query } = interaction;
  const types = query.getAll('_type').flatMap((value) => value.split(',').filter(isResourceType));
  return {
    kind,
    ...(type !== undefined && { type }),
    ...(id !== undefined && { hasId: true }),
    ...(member !== undefined && { member }),
    ...(operation !== undefined && { operation }),
    ...(id === undefined && isConditional(interaction) && { isConditional: true }),
    ...(types.length > 0 && types.length <= mostTypes && { types: [...new Set(types)].toSorted() }),
  };
}

/** The caller as the decision needs one. `valueOf`: what stands for the value of a claim. */
export function principalOfShape(shape: CallerShape, valueOf: (claim: string) => string): Principal {
  const { subject = standInId, hasPatient, fhirUser, hasUnusableFhirUser, claims, groups, ...facts } = shape;
  return {
    ...facts,
    subject,
    ...(hasPatient && { patient: standInId }),
    ...(fhirUser !== undefined && { fhirUser: { type: fhirUser, id: standInId } }),
    ...(hasUnusableFhirUser && { unusableFhirUser: standInId }),
    expiresAt: Math.floor(Date.now() / 1000) + 3_600,
    claims: { ...Object.fromEntries(claims.map((name) => [name, valueOf(name)])), ...groups },
  };
}

export function interactionOfShape(shape: RequestShape): Interaction {
  const { kind, type, hasId, member, operation, types = [] } = shape;
  return {
    kind,
    ...(type !== undefined && { type }),
    ...(hasId && { id: standInId }),
    ...(member !== undefined && { member }),
    ...(operation !== undefined && { operation }),
    query: new URLSearchParams(types.length > 0 ? { _type: types.join(',') } : {}),
    ...(shape.isConditional && kind === 'create' && { condition: new URLSearchParams({ _id: standInId }) }),
  };
}
