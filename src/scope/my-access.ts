import type { Json, JsonObject } from '../fhir/model/json.js';
import { printable } from '../fhir/model/request-errors.js';
import { resourceTypes } from '../fhir/model/resource-types.js';
import type { Filter, FilterValue } from '../fhir/search/filter.js';
import { denialReasonSystem } from '../refusal/denial-code-system.js';
import type { Access } from './access.js';
import { type Grant, grantKey, rulesOf } from './grant.js';
import { permissions } from './permission.js';
import type { PolicyVerdict } from './policies/judge-policies.js';
import type { RequestContext } from './request-context.js';
import { looksLikeResourceScope } from './smart-scope.js';

/** `GET [base]/$my-access`: what the caller's token can do here, and which of its scopes count. Reads no stored data. */
export function describeAccess(context: RequestContext): JsonObject {
  return {
    resourceType: 'Parameters',
    parameter: [...describeCaller(context), ...describeScopes(context), ...describeTypes(context)],
  };
}

type Part = JsonObject & { readonly name: string };

const text = (name: string, value: string | undefined): Part[] =>
  value === undefined ? [] : [{ name, valueString: value }];
const group = (name: string, ...part: readonly Json[]): Part => ({ name, part });

function describeCaller({ principal }: RequestContext): readonly Part[] {
  const { issuer, subject, clientId, kind, patient, fhirUser, expiresAt } = principal;
  return [
    { name: 'issuer', valueUri: issuer },
    ...text('subject', subject),
    ...text('client', clientId),
    { name: 'kind', valueCode: kind },
    ...reference('patient', patient === undefined ? undefined : `Patient/${patient}`),
    ...reference('fhirUser', fhirUser && `${fhirUser.type}/${fhirUser.id}`),
    { name: 'expires', valueInstant: new Date(Math.min(expiresAt, endOfTime) * 1000).toISOString() },
  ];
}

/** The last second of the year 9999: instants have four digits for the year. */
const endOfTime = 253_402_300_799;

const reference = (name: string, target: string | undefined): Part[] =>
  target === undefined ? [] : [{ name, valueReference: { reference: target } }];

function describeScopes({ principal, rules }: RequestContext): readonly Part[] {
  const { usable, ignored } = rules.scopesOf(principal);
  const system = denialReasonSystem(rules.base);
  return [
    ...usable.map(({ text: scope }) => group('scope', ...text('scope', scope))),
    ...ignored.map(({ text: scope, code, why }) =>
      looksLikeResourceScope(scope)
        ? group(
            'ignored',
            ...text('scope', printable(scope)),
            { name: 'reason', valueCoding: { system, code } },
            ...text('why', why),
          )
        : { name: 'otherScope', valueString: printable(scope) },
    ),
  ];
}

/** One entry for each type and limit: permissions with the same limit stand together, such as `rs`. */
function describeTypes(context: RequestContext): readonly Part[] {
  return [...resourceTypes].toSorted().flatMap((type) => {
    const byLimit = new Map<string, { letters: string; access: Access }>();
    for (const permission of permissions) {
      if (!context.may(type, permission)) continue;
      const access = context.accessTo(type, permission);
      const key = JSON.stringify([access.grants.map(grantKey), access.policies]);
      byLimit.set(key, { letters: (byLimit.get(key)?.letters ?? '') + permission, access });
    }
    return [...byLimit.values()].map(({ letters, access: { grants, policies } }) =>
      group(
        'access',
        { name: 'type', valueCode: type },
        ...text('permissions', letters),
        ...grants.map(describeGrant).flatMap((limit) => text('reach', limit)),
        ...policies.map(describePolicy),
      ),
    );
  });
}

/** What narrows every way to rows, in words. */
const describePolicy = ({ policy, because }: PolicyVerdict): Part =>
  group('policy', ...text('name', policy), ...text('because', because));

/** One way to rows, in words; several `reach` parts mean any of them. */
function describeGrant(grant: Grant): string {
  const { within, where, only } = grant;
  const limits: string[] = [];
  if (within?.owner.kind === 'patient') limits.push(`record of Patient/${within.owner.id}`);
  if (within?.owner.kind === 'related-person') limits.push(`record of the patient of RelatedPerson/${within.owner.id}`);
  if (only !== undefined) limits.push(`only ${only}, the user's own resource`);
  limits.push(...where.map(describeFilter));
  if (limits.length > 0) return limits.join(' and ');
  return rulesOf(grant).length === 0 ? 'all' : 'what the policies allow';
}

const describeFilter = ({ parameter, values }: Filter): string =>
  `${parameter.code} ${values.map(describeValue).join(' or ')}`;

function describeValue(value: FilterValue): string {
  if (value.kind === 'reference') return value.target;
  if (value.kind === 'uri') return value.uri;
  if (value.kind === 'string') return `starting with ${value.prefix}`;
  if (value.kind === 'date') return `${value.prefix} ${dateOf(value.low)}`;
  // Limits of access are of no other kind (scope-constraints.ts).
  if (value.kind !== 'token') return value.kind;
  return value.system === undefined ? (value.code ?? '') : `${value.system}|${value.code ?? ''}`;
}

const dateOf = (microseconds: string): string => new Date(Number(microseconds) / 1000).toISOString();
