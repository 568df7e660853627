import type { Issue } from '../errors/fhir-error.js';
import { isObject, type Json, type JsonObject } from '../json/json.js';
import { parseReference } from '../model/reference.js';
import { each } from '../json/items.js';
import { plainText } from '../search/index/indexers/value-indexer.js';
import type { ConsentRule, ConsentRules } from './consent-rule.js';
import type { ValueSettings } from '../search/values/value-settings.js';
import { readConditions } from './read-provision.js';

const scopeSystem = 'http://terminology.hl7.org/CodeSystem/consentscope';
const policySystem = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

/** Effect of a Consent, and remarks for the client that stores it. */
export interface ConsentReading {
  /** Absent where it is not one that is enforced. */
  readonly enforced?: ConsentRules;
  readonly remarks: readonly Issue[];
}

const nothing: ConsentReading = { remarks: [] };

/**
 * Reads the rules of an active Consent about privacy (https://hl7.org/fhir/R4/consent.html). The deepest provision that
 * holds decides, and of several a denial. What cannot be evaluated widens a denial and permits nothing.
 */
export function readConsent(consent: JsonObject, settings: ValueSettings): ConsentReading {
  if (consent['resourceType'] !== 'Consent' || consent['status'] !== 'active') return nothing;
  if (!isPrivacy(consent['scope'])) return nothing;
  const tree = new ProvisionTree(settings);
  tree.add(rootOf(consent), 'Consent.provision', undefined);
  const rules = rulesOf(tree, consent);
  if (!rules.some(({ denies }) => denies)) return nothing;
  const { patient } = consent;
  const local = parseReference(isObject(patient) ? plainText(patient['reference']) : '', settings.base);
  if (local?.type !== 'Patient') return { remarks: [notEnforced] };
  return {
    enforced: { patient: `Patient/${local.id}`, rules },
    remarks: [...tree.unknown.map(widened), ...collecting(rules)],
  };
}

/** Denies everything where a Consent cannot be judged: it has a modifier, or too many provisions. */
function rulesOf({ rules, unknown, isCut }: ProvisionTree, consent: JsonObject): readonly ConsentRule[] {
  if (consent['modifierExtension'] === undefined && !isCut) return rules;
  unknown.push(isCut ? 'Consent.provision' : 'Consent.modifierExtension');
  return [{ ...everything, starts: rules[0]!.starts, ends: rules[0]!.ends }];
}

const everything: ConsentRule = {
  node: 0,
  parent: null,
  path: [],
  denies: true,
  uncertain: true,
  starts: null,
  ends: null,
  actors: null,
  actions: null,
  purposes: null,
  classes: null,
  codes: null,
  labels: null,
  data: null,
  linked: null,
  data_low: null,
  data_high: null,
};

const hasCoding = (concept: Json | undefined, system: string, code: string): boolean =>
  isObject(concept) &&
  each(concept['coding']).some((coding) => isObject(coding) && coding['system'] === system && coding['code'] === code);

const isPrivacy = (scope: Json | undefined): boolean => hasCoding(scope, scopeSystem, 'patient-privacy');

type Provision = JsonObject & { readonly type?: Json };

/**
 * The first provision with the type that is meant. R4 gives it none: it is the exception to `policyRule`, or, where it has
 * provisions of its own, what these are exceptions to. Without a rule to be an exception to it denies.
 */
function rootOf({ provision, policyRule }: JsonObject): Provision {
  const given: JsonObject = isObject(provision) ? provision : {};
  if (given['type'] === 'deny' || given['type'] === 'permit') return given;
  const isOptIn = hasCoding(policyRule, policySystem, 'OPTIN');
  const isOptOut = hasCoding(policyRule, policySystem, 'OPTOUT');
  const isException = conditionNames.some((name) => given[name] !== undefined) && given['provision'] === undefined;
  const base: JsonObject = { type: isOptOut ? 'deny' : 'permit' };
  if (!isException) return { ...given, ...base };
  return isOptIn || isOptOut
    ? { ...base, provision: [{ ...given, type: isOptOut ? 'permit' : 'deny' }] }
    : { ...given, type: 'deny' };
}

const conditionNames = [
  'actor',
  'action',
  'securityLabel',
  'purpose',
  'class',
  'code',
  'dataPeriod',
  'data',
  'modifierExtension',
];

/** So many provisions are read. */
const mostNodes = 200;

class ProvisionTree {
  readonly rules: ConsentRule[] = [];
  readonly unknown: string[] = [];
  /** True if the Consent has more provisions. */
  isCut = false;

  constructor(private readonly settings: ValueSettings) {}

  add(provision: JsonObject, place: string, above: ConsentRule | undefined): void {
    const { unknown, ...conditions } = readConditions(provision, place, this.settings);
    this.unknown.push(...unknown);
    const rule: ConsentRule = {
      ...conditions,
      node: this.rules.length,
      parent: above?.node ?? null,
      path: above ? [...above.path, above.node] : [],
      denies: provision['type'] !== 'permit',
    };
    this.rules.push(rule);
    for (const [i, nested] of each(provision['provision']).entries()) {
      const where = `${place}.provision[${i}]`;
      if (!isObject(nested)) continue;
      if (this.rules.length < mostNodes) this.add(nested, where, rule);
      else this.isCut = true;
    }
  }
}

/** Writing something new is no disclosure, so that no Consent stands against it (docs/adr/0028). */
const collecting = (rules: readonly ConsentRule[]): readonly Issue[] =>
  rules.some(({ denies, actions }) => denies && actions?.includes('collect') === true)
    ? [
        {
          severity: 'warning',
          code: 'business-rule',
          diagnostics: 'The action collect is NOT enforced: this server lets who may write add to the record.',
          expression: ['Consent.provision.action'],
        },
      ]
    : [];

const widened = (expression: string): Issue => ({
  severity: 'warning',
  code: 'business-rule',
  diagnostics:
    `${expression} is not evaluated by this server. A denial counts as if the element were absent, so it withholds more; ` +
    'a permission that has it permits nothing.',
  expression: [expression],
});

const notEnforced: Issue = {
  severity: 'warning',
  code: 'business-rule',
  diagnostics:
    'This Consent is NOT enforced: patient does not refer to a Patient of this server. Set patient.reference to one, such as Patient/123.',
  expression: ['Consent.patient'],
};
