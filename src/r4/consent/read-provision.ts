import { isObject, type Json, type JsonObject } from '../json/json.js';
import { parseReference } from '../model/reference.js';
import { isResourceType } from '../model/resource-types.js';
import { nextMicrosecond, parseDateInterval, wholeMicroseconds } from '../search/values/date-interval.js';
import type { ValueSettings } from '../search/values/value-settings.js';
import { unitSeparator } from '../search/index/index-values.js';
import { each } from '../json/items.js';
import { plainText } from '../search/index/indexers/value-indexer.js';
import { callerName, type ConsentRule } from './consent-rule.js';

export const actionSystem = 'http://terminology.hl7.org/CodeSystem/consentaction';
const typeSystem = 'http://hl7.org/fhir/resource-types';
const purposeSystem = 'http://terminology.hl7.org/CodeSystem/v3-ActReason';

const actions = new Set(['collect', 'access', 'use', 'disclose', 'correct']);
/** Roles that look at the data; other roles say whose data it is, such as its author or custodian. */
const recipients: Readonly<Record<string, ReadonlySet<string>>> = {
  'http://terminology.hl7.org/CodeSystem/v3-ParticipationType': new Set(['PRCP', 'IRCP', 'NOT', 'TRC']),
  'http://terminology.hl7.org/CodeSystem/v3-RoleClass': new Set(['PROV', 'AGNT', 'ASSIGNED']),
  'http://terminology.hl7.org/CodeSystem/extra-security-role-type': new Set(['humanuser', 'dataprocessor']),
};
const actorTypes = new Set([
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'CareTeam',
  'Patient',
  'RelatedPerson',
]);
/** Types that name a caller without a resource of its own, by identifier. */
const callerTypes = new Set(['Device', 'Practitioner', 'Patient', 'RelatedPerson', 'Person']);

export type ProvisionConditions = Omit<ConsentRule, 'node' | 'parent' | 'path' | 'denies'>;

interface Reading extends ValueSettings {
  /** Elements that cannot be evaluated, as paths below `place`. */
  readonly unknown: string[];
  readonly place: string;
}

/** The conditions of one provision (https://hl7.org/fhir/R4/consent-definitions.html#Consent.provision). */
export function readConditions(
  provision: JsonObject,
  place: string,
  { base, timeZone }: ValueSettings,
): ProvisionConditions & { readonly unknown: readonly string[] } {
  const reading: Reading = { base, timeZone, place, unknown: [] };
  const period = readPeriod(provision['period'], 'period', reading);
  const dataPeriod = readPeriod(provision['dataPeriod'], 'dataPeriod', reading);
  if (provision['modifierExtension'] !== undefined) note(reading, 'modifierExtension');
  const data = readData(provision, reading);
  const conditions = {
    starts: instantOf(period?.low),
    ends: instantOf(period?.high),
    actors: read(provision, 'actor', reading, actorOf),
    actions: read(provision, 'action', reading, actionOf),
    purposes: read(provision, 'purpose', reading, codeOfSystem(purposeSystem)),
    classes: read(provision, 'class', reading, classOf),
    codes: read(provision, 'code', reading, codesOf),
    labels: readLabels(provision, reading),
    ...data,
    data_low: dataPeriod?.low ?? null,
    data_high: dataPeriod?.high ?? null,
  };
  return { ...conditions, uncertain: reading.unknown.length > 0, unknown: reading.unknown };
}

const note = ({ unknown, place }: Reading, element: string): void => void unknown.push(`${place}.${element}`);

/** Any of the values; null, which holds for all, where one of them cannot be evaluated. */
function read(
  provision: JsonObject,
  element: string,
  reading: Reading,
  readOne: (value: Json, reading: Reading) => readonly string[] | undefined,
): readonly string[] | null {
  if (provision[element] === undefined) return null;
  const values = each(provision[element]).map((value) => readOne(value, reading));
  if (values.every((value) => value !== undefined)) return [...new Set(values.flat())];
  note(reading, element);
  return null;
}

function actorOf(actor: Json, { base }: Reading): readonly string[] | undefined {
  if (!isObject(actor) || !isRecipient(actor['role']) || !isObject(actor['reference'])) return undefined;
  const { reference } = actor['reference'];
  if (reference === undefined) return callerOf(actor['reference']);
  const local = parseReference(plainText(reference), base);
  return local && actorTypes.has(local.type) ? [`${local.type}/${local.id}`] : undefined;
}

/** By identifier: the issuer is the system, the client id (type Device) or `sub` the value. */
function callerOf({ type, identifier }: JsonObject): readonly string[] | undefined {
  const kind = plainText(type);
  if (!isObject(identifier) || !callerTypes.has(kind)) return undefined;
  const [system, value] = [plainText(identifier['system']), plainText(identifier['value'])];
  return system === '' || value === '' ? undefined : [callerName(kind === 'Device' ? 'client' : 'user', system, value)];
}

function isRecipient(role: Json | undefined): boolean {
  const codings = isObject(role) ? each(role['coding']) : [];
  return codings.some(
    (coding) => isObject(coding) && recipients[plainText(coding['system'])]?.has(plainText(coding['code'])) === true,
  );
}

function actionOf(action: Json): readonly string[] | undefined {
  const codings = isObject(action) ? each(action['coding']) : [];
  const known = codings
    .flatMap((coding) => codeOfSystem(actionSystem)(coding) ?? [])
    .filter((code) => actions.has(code));
  return known.length > 0 ? known : undefined;
}

const codeOfSystem =
  (system: string) =>
  (coding: Json): readonly string[] | undefined => {
    const code = isObject(coding) && coding['system'] === system ? plainText(coding['code']) : '';
    return code === '' ? undefined : [code];
  };

function classOf(coding: Json): readonly string[] | undefined {
  const types = codeOfSystem(typeSystem)(coding);
  return types?.every(isResourceType) ? types : undefined;
}

function codesOf(concept: Json): readonly string[] | undefined {
  const codings = isObject(concept) ? each(concept['coding']) : [];
  const codes = codings.map(entryOf);
  return codes.length > 0 && codes.every((code) => code !== undefined) ? codes : undefined;
}

/** As the index has it, without its parameter. */
function entryOf(coding: Json): string | undefined {
  if (!isObject(coding)) return undefined;
  const [code, system] = [plainText(coding['code']), plainText(coding['system'])];
  return code === '' ? undefined : code + unitSeparator + system;
}

function readLabels(provision: JsonObject, reading: Reading): readonly string[] | null {
  const labels = read(provision, 'securityLabel', reading, (coding) => {
    const entry = entryOf(coding);
    return entry === undefined ? undefined : [`_security${unitSeparator}${entry}`];
  });
  return labels;
}

function readData(provision: JsonObject, reading: Reading): Pick<ProvisionConditions, 'data' | 'linked'> {
  if (provision['data'] === undefined) return { data: null, linked: null };
  const found = each(provision['data']).map((one) => dataOf(one, reading.base));
  if (!found.every((one) => one !== undefined)) {
    note(reading, 'data');
    return { data: null, linked: null };
  }
  const linked = found.filter(({ meaning }) => meaning !== 'instance').map(({ target }) => target);
  return { data: found.map(({ target }) => target), linked: linked.length > 0 ? linked : null };
}

/** Returns the resource that `data` names; references of that resource (`related`) are not followed. */
function dataOf(data: Json, base: string): { readonly meaning: string; readonly target: string } | undefined {
  if (!isObject(data) || !isObject(data['reference'])) return undefined;
  const meaning = plainText(data['meaning']);
  const local = parseReference(plainText(data['reference']['reference']), base);
  if (!local || (meaning !== 'instance' && meaning !== 'dependents')) return undefined;
  return { meaning, target: `${local.type}/${local.id}` };
}

interface Interval {
  readonly low: string | null;
  readonly high: string | null;
}

function readPeriod(period: Json | undefined, element: string, reading: Reading): Interval | undefined {
  if (period === undefined) return undefined;
  const [start, end] = isObject(period) ? [period['start'], period['end']] : [];
  const first = start === undefined ? null : parseDateInterval(plainText(start), reading.timeZone);
  const last = end === undefined ? null : parseDateInterval(plainText(end), reading.timeZone);
  if (first !== undefined && last !== undefined) {
    return {
      low: first && String(wholeMicroseconds(first.low)),
      high: last && String(nextMicrosecond(last.high)),
    };
  }
  note(reading, element);
  return undefined;
}

const instantOf = (microseconds: string | null | undefined): string | null =>
  microseconds === null || microseconds === undefined
    ? null
    : new Date(Number(BigInt(microseconds) / 1000n)).toISOString();
