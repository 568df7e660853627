import { shownScope } from '../grammar/scope-suffix.js';
import type { Json, JsonObject } from '../../r4/json/json.js';
import { denialReasonSystem } from '../../refusal/denial-code-system.js';
import type { MyAccess, PolicyEffect } from './my-access.js';
import { expiryOf } from './my-access-text.js';

type Part = JsonObject & { readonly name: string };

const text = (name: string, value: string | undefined): Part[] =>
  value === undefined ? [] : [{ name, valueString: value }];
const group = (name: string, ...part: readonly Json[]): Part => ({ name, part });

/** `GET [base]/$my-access` as Parameters. */
export function myAccessParameters(mine: MyAccess, fhirBase: string): JsonObject {
  return {
    resourceType: 'Parameters',
    parameter: [
      ...callerParts(mine),
      ...scopeParts(mine, denialReasonSystem(fhirBase)),
      ...mine.policies.map(policyPart),
      ...mine.access.map(({ type, permissions, reach }) =>
        group(
          'access',
          { name: 'type', valueCode: type },
          ...text('permissions', permissions),
          ...reach.flatMap((limit) => text('reach', limit)),
        ),
      ),
    ],
  };
}

function callerParts({ principal, withholding }: MyAccess): readonly Part[] {
  const { issuer, subject, clientId, kind, patient, fhirUser, expiresAt } = principal;
  return [
    { name: 'issuer', valueUri: issuer },
    ...text('subject', subject),
    ...text('client', clientId),
    { name: 'kind', valueCode: kind },
    ...reference('patient', patient === undefined ? undefined : `Patient/${patient}`),
    ...reference('fhirUser', fhirUser && `${fhirUser.type}/${fhirUser.id}`),
    { name: 'expires', valueInstant: expiryOf(expiresAt) },
    { name: 'clearance', valueCode: withholding.clearance },
    ...text('consent', withholding.consent),
    { name: 'breakGlass', valueBoolean: withholding.mayBreakGlass },
    ...text('ownIds', withholding.ownIds),
  ];
}

const reference = (name: string, target: string | undefined): Part[] =>
  target === undefined ? [] : [{ name, valueReference: { reference: target } }];

const scopeParts = ({ scopes, administers, ignored, otherScopes }: MyAccess, system: string): readonly Part[] => [
  ...scopes.map((scope) => group('scope', ...text('scope', scope))),
  ...administers.map((scope) => group('administers', ...text('scope', scope))),
  ...ignored.map(({ text: scope, code, why }) =>
    group(
      'ignored',
      ...text('scope', shownScope(scope)),
      { name: 'reason', valueCoding: { system, code } },
      ...text('why', why),
    ),
  ),
  ...otherScopes.flatMap((scope) => text('otherScope', scope)),
];

const policyPart = ({ policy, verdict, because, expression, elements = [], on }: PolicyEffect): Part =>
  group(
    'policy',
    ...text('policy', policy),
    { name: 'verdict', valueCode: verdict },
    ...text('because', because),
    ...text('expression', expression),
    ...elements.flatMap((path) => text('masked', path)),
    ...[...on].map(([type, letters]) =>
      group('on', { name: 'type', valueCode: type }, ...text('permissions', letters)),
    ),
  );
