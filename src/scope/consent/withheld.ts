import { callerName } from '../../r4/consent/consent-rule.js';
import { compartmentGroup } from '../../r4/model/patient-compartment.js';
import type { Principal } from '../../auth/principal.js';
import type { Confidentiality } from '../../r4/model/confidentiality.js';
import { administers } from '../administration/admin-rights.js';
import { type ConsentSubject, type Source, Through, type Withheld } from '../grant.js';
import type { Permission } from '../grammar/permission.js';
import { breaksGlass } from './purpose-of-use.js';

/** Callers that Consents are enforced against: nobody, users and the apps they use, or machines too. */
export type ConsentSetting = 'off' | 'users' | 'all';

/** Rules by which labels and Consents withhold, apart from what administrators set for a caller. */
export interface WithholdingRules {
  /** Default clearance, for callers without one of their own. */
  readonly clearance: Confidentiality;
  readonly consent: ConsentSetting;
}

export const nothingWithheld: WithholdingRules = { clearance: 'V', consent: 'off' };

/** Returns the labels and Consents that limit the caller, if any can. `known`: rows that the caller may know. */
export function withheldFrom(
  principal: Principal,
  { type, permission }: { readonly type: string; readonly permission: Permission },
  rules: WithholdingRules,
  known: () => readonly Source[],
): Withheld | undefined {
  const clearance = clearanceOf(principal, rules);
  const consent = mayBeOfPatients(type) ? consentSubject(principal, permission, rules) : undefined;
  if (clearance === 'V' && !consent) return undefined;
  const by = throughs[type];
  return {
    ...(clearance !== 'V' && { clearance }),
    ...(consent && { consent }),
    ...(by && { through: new Through(by, known) }),
  };
}

/** Types whose rows belong to a patient through other rows. */
const throughs: Readonly<Record<string, Through['by']>> = { Provenance: 'targets', Binary: 'referrers' };

export const clearanceOf = ({ clearance }: Principal, rules: WithholdingRules): Confidentiality =>
  clearance ?? rules.clearance;

const mayBeOfPatients = (type: string): boolean => {
  const group = compartmentGroup(type);
  return group === 'member' || group === 'derived';
};

/** Actions that a permission performs on existing rows. Creating discloses nothing, so no Consent stands against it. */
const actionsOf: Readonly<Record<Permission, readonly string[]>> = {
  c: [],
  r: ['access', 'disclose', 'use'],
  u: ['access', 'correct', 'disclose', 'use'],
  d: ['access', 'correct', 'disclose', 'use'],
  s: ['access', 'disclose', 'use'],
};

/** Returns why Consents do not apply to the caller; undefined if they do. */
export function whyConsentIsLifted(
  principal: Principal,
  { consent }: WithholdingRules,
): 'off' | 'exempt' | 'machine' | 'break-glass' | undefined {
  if (consent === 'off') return 'off';
  if (principal.consentExempt === true) return 'exempt';
  if (principal.kind === 'machine' && consent === 'users') return 'machine';
  return breaksGlass(principal) ? 'break-glass' : undefined;
}

const consentSubject = (
  principal: Principal,
  permission: Permission,
  rules: WithholdingRules,
): ConsentSubject | undefined =>
  actionsOf[permission].length === 0 || whyConsentIsLifted(principal, rules) !== undefined
    ? undefined
    : subjectOf(principal, permission);

/** As the provisions of a Consent name the caller. */
export function subjectOf(principal: Principal, permission: Permission): ConsentSubject {
  const actions = actionsOf[permission];
  const { issuer, subject, clientId, fhirUser, kind } = principal;
  const purpose = purposeOf(principal);
  const actors = [
    ...(fhirUser ? [`${fhirUser.type}/${fhirUser.id}`] : []),
    ...(clientId === undefined ? [] : [callerName('client', issuer, clientId)]),
    ...(kind === 'user' ? [callerName('user', issuer, subject)] : []),
  ];
  return {
    actors: actors.toSorted(),
    actions,
    ...(purpose !== undefined && { purposes: [purpose] }),
    ...(fhirUser?.type === 'Patient' && { own: `Patient/${fhirUser.id}` }),
  };
}

/** As the client is registered; else a person uses data to treat, and what a machine uses it for nobody has said. */
const purposeOf = ({ fixedPurpose, kind }: Principal): string | undefined =>
  fixedPurpose ?? (kind === 'user' ? 'TREAT' : undefined);

/**
 * True if the caller may not change Consents, nor what they depend on (ADR 42). Breaking the glass permits no change.
 */
export const isBoundByConsents = (principal: Principal, rules: WithholdingRules): boolean =>
  [undefined, 'break-glass'].includes(whyConsentIsLifted(principal, rules)) && !administers(principal, 'Policy', 'u');

/** Subject whose Consents the caller may not change; undefined where nothing is changed, or nothing limits. */
export const boundToConsents = (
  principal: Principal,
  { type, permission }: { readonly type: string; readonly permission: Permission },
  rules: WithholdingRules,
): ConsentSubject | undefined =>
  type === 'Consent' && (permission === 'u' || permission === 'd') && isBoundByConsents(principal, rules)
    ? subjectOf(principal, permission)
    : undefined;
