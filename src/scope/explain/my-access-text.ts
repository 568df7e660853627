import { listed } from '../../r4/errors/listed.js';
import { shownScope } from '../grammar/scope-suffix.js';
import { cleaned } from '../../auth/refusals/token-refusal.js';
import { permissions, permissionWords } from '../grammar/permission.js';
import type { MyAccess, PolicyEffect } from './my-access.js';

/** The last second of the year 9999: instants have four digits for the year. */
const endOfTime = 253_402_300_799;

export const expiryOf = (expiresAt: number): string => new Date(Math.min(expiresAt, endOfTime) * 1000).toISOString();

/** `GET [base]/$my-access` for people: types with the same permissions and limits stand together. */
export function myAccessText(mine: MyAccess, fhirBase: string): string {
  const { scopes, administers, ignored, otherScopes, policies } = mine;
  return [
    `What this token may do at ${fhirBase}`,
    ...callerLines(mine),
    ...section('Scopes that count', scopes),
    ...section('May administer', administers),
    ...section(
      'Scopes that do not count',
      ignored.map(({ text, code, why }) => `${shownScope(text)}: ${why} [${code}]`),
    ),
    ...section('Other scopes', otherScopes.length === 0 ? [] : [otherScopes.join(' ')]),
    ...section('Policies', policies.map(policyLine)),
    ...section(
      `Permissions (${permissions.map((letter) => `${letter} ${permissionWords[letter]}`).join(', ')})`,
      accessLines(mine),
      'none',
    ),
    '',
  ].join('\n');
}

function callerLines({ principal, withholding }: MyAccess): readonly string[] {
  const { issuer, subject, clientId, kind, patient, fhirUser, expiresAt } = principal;
  return [
    '',
    `  ${kind === 'machine' ? 'machine' : 'user'}: ${cleaned(subject)}, says ${cleaned(issuer)}`,
    ...(clientId === undefined ? [] : [`  client: ${cleaned(clientId)}`]),
    ...(fhirUser ? [`  FHIR user: ${fhirUser.type}/${fhirUser.id}`] : []),
    `  patient in context: ${patient === undefined ? 'none' : `Patient/${cleaned(patient)}`}`,
    `  expires: ${expiryOf(expiresAt)}`,
    `  clearance: ${withholding.clearance}`,
    `  Consents: ${withholding.consent}`,
    `  break the glass: ${withholding.mayBreakGlass ? 'allowed' : 'not allowed'}`,
    ...(withholding.ownIds === undefined ? [] : [`  ids of new resources: ${withholding.ownIds}`]),
  ];
}

function section(title: string, lines: readonly string[], otherwise?: string): readonly string[] {
  const shown = lines.length === 0 && otherwise !== undefined ? [otherwise] : lines;
  return shown.length === 0 ? [] : ['', title, ...shown.map((line) => `  ${line}`)];
}

function policyLine({ policy, verdict, because, expression, elements, on }: PolicyEffect): string {
  const types = [...on].map(([type, letters]) => `${type} ${letters}`);
  const effect = [verdict, expression ?? elements?.join(', ') ?? ''].join(' ').trim();
  return `${policy} (${effect}): ${because}; on ${listed(types, 10)}`;
}

function accessLines({ access }: MyAccess): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const { type, permissions: letters, reach } of access) {
    const key = `${letters.padEnd(5)}  ${reach.join(', or ')}`;
    const types = groups.get(key);
    if (types) types.push(type);
    else groups.set(key, [type]);
  }
  return [...groups].flatMap(([limit, types]) => [`${limit}:`, `       ${types.join(', ')}`]);
}
