import { isObject, type Json, type JsonObject } from '../../json/json.js';
import { parseReference } from '../../model/reference.js';
import type { IndexCollector } from './index-collector.js';
import { unitSeparator } from './index-values.js';
import { each } from '../../json/items.js';
import { plainText } from './indexers/value-indexer.js';

/** The caller whom a refusal concerns. */
export interface RefusedCaller {
  readonly issuer: string;
  readonly subject: string;
  readonly clientId?: string;
}

/** The index entry of what one caller was refused; no search can name it. */
export const refusedEntry = ({ issuer, subject, clientId = '' }: RefusedCaller): string =>
  `~refused${unitSeparator}${JSON.stringify([issuer, subject, clientId])}`;

/** References of the patients whose records entities are. */
export const recordsOf = (entities: readonly Json[], base: string): readonly string[] => [
  ...new Set(
    entities.flatMap((entity) => {
      const patient = patientOf(entity, base);
      return patient === undefined ? [] : [`Patient/${patient}`];
    }),
  ),
];

/** Indexes the patients whose records an AuditEvent lists, and the caller whose refusal it reports. */
export function indexAudit(resource: JsonObject, collector: IndexCollector): void {
  for (const record of recordsOf(each(resource['entity']), collector.base)) collector.addCompartment(record);
  if (!each(resource['subtype']).some(isReason)) return;
  const agents = each(resource['agent']);
  const user = identifierOf(agents, 'user');
  if (user === undefined || user.issuer === '') return;
  const client = identifierOf(agents, 'client');
  collector.addExact(refusedEntry({ ...user, ...(client && { clientId: client.subject }) }));
}

const isReason = (coding: Json): boolean =>
  isObject(coding) && plainText(coding['system']).endsWith('/CodeSystem/denial-reason');

/** The patient that an entity is: its role is that of https://hl7.org/fhir/R4/valueset-object-role.html#object-role-1. */
function patientOf(entity: Json, base: string): string | undefined {
  if (!isObject(entity) || codeOf(entity['role']) !== '1' || !isObject(entity['what'])) return undefined;
  const local = parseReference(plainText(entity['what']['reference']), base);
  return local?.type === 'Patient' ? local.id : undefined;
}

/** Agents of ours say by their `altId` what they are. */
function identifierOf(agents: readonly Json[], part: 'user' | 'client') {
  const agent = agents.find((one): one is JsonObject => isObject(one) && one['altId'] === part);
  const who = agent?.['who'];
  const identifier = isObject(who) ? who['identifier'] : undefined;
  if (!isObject(identifier)) return undefined;
  return { issuer: plainText(identifier['system']), subject: plainText(identifier['value']) };
}

const codeOf = (coding: Json | undefined): string => (isObject(coding) ? plainText(coding['code']) : '');
