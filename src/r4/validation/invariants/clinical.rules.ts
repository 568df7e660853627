import { isObject, type JsonObject } from '../../json/json.js';
import { targetType } from '../references.js';
import { isNotAfter } from './date-order.js';
import { anyOf, equalText, has, hasChoice, hasCoding, is, numberOf, objects, textOf, ucum } from './element.js';
import type { Rule, Rules } from './rule.js';

const either =
  (...names: readonly string[]): Rule =>
  (element) =>
    anyOf(element, ...names);
const notBoth =
  (first: string, second: string): Rule =>
  (element) =>
    !has(element, first) || !has(element, second);
const isNotHome: Rule = (element) => !is(element, 'use', 'home');
const terminology = 'http://terminology.hl7.org/CodeSystem';
const inError = ['entered-in-error'];

const isAllergyInError = (allergy: JsonObject): boolean =>
  hasCoding(allergy, 'verificationStatus', `${terminology}/allergyintolerance-verification`, inError);
const isConditionInError = (condition: JsonObject): boolean =>
  hasCoding(condition, 'verificationStatus', `${terminology}/condition-ver-status`, inError);

const hasNothingAfter =
  (earlier: string, later: string): Rule =>
  (resource) => {
    const [first, second] = [textOf(resource, earlier), textOf(resource, later)];
    return first === undefined || second === undefined || isNotAfter(first, second);
  };

/** HL7's placeholder was published as the code system. */
const scopeNeedsPatient =
  (code: string): Rule =>
  (consent) =>
    has(consent, 'patient') || !hasCoding(consent, 'scope', 'something', [code]);

const isPercent = (range: JsonObject, name: string): boolean =>
  objects(range, name).every((quantity) => is(quantity, 'code', '%') && is(quantity, 'system', ucum));

/** The rules of resources about patients and their care. */
export const clinicalRules: Rules = {
  AllergyIntolerance: {
    'ait-1': (allergy) => isAllergyInError(allergy) || has(allergy, 'clinicalStatus'),
    'ait-2': (allergy) => !isAllergyInError(allergy) || !has(allergy, 'clinicalStatus'),
  },
  'CarePlan.activity': { 'cpl-3': notBoth('detail', 'reference') },
  'CareTeam.participant': {
    'ctm-1': (participant, context) => {
      if (!has(participant, 'onBehalfOf') || !isObject(participant['member'])) return true;
      return (targetType(participant['member'], context) ?? 'Practitioner') === 'Practitioner';
    },
  },
  'Composition.section': { 'cmp-1': either('text', 'entry', 'section'), 'cmp-2': notBoth('emptyReason', 'entry') },
  Condition: {
    'con-3': (condition) =>
      has(condition, 'clinicalStatus') ||
      isConditionInError(condition) ||
      !hasCoding(condition, 'category', undefined, ['problem-list-item']),
    'con-4': (condition) =>
      !hasChoice(condition, 'abatement') ||
      hasCoding(condition, 'clinicalStatus', `${terminology}/condition-clinical`, [
        'resolved',
        'remission',
        'inactive',
      ]),
    'con-5': (condition) => !isConditionInError(condition) || !has(condition, 'clinicalStatus'),
  },
  'Condition.stage': { 'con-1': either('summary', 'assessment') },
  'Condition.evidence': { 'con-2': either('code', 'detail') },
  Consent: {
    'ppc-1': either('policy', 'policyRule'),
    'ppc-2': scopeNeedsPatient('patient-privacy'),
    'ppc-3': scopeNeedsPatient('research'),
    'ppc-4': scopeNeedsPatient('adr'),
    'ppc-5': scopeNeedsPatient('treatment'),
  },
  FamilyMemberHistory: {
    'fhs-1': (history) => !hasChoice(history, 'age') || !hasChoice(history, 'born'),
    'fhs-2': (history) => hasChoice(history, 'age') || !has(history, 'estimatedAge'),
  },
  'Goal.target': { 'gol-1': (target) => !hasChoice(target, 'detail') || has(target, 'measure') },
  Group: { 'grp-1': (group) => !has(group, 'member') || group['actual'] === true },
  'Immunization.education': { 'imm-1': either('documentType', 'reference') },
  'ImmunizationRecommendation.recommendation': { 'imr-1': either('vaccineCode', 'targetDisease') },
  'MedicationAdministration.dosage': { 'mad-1': (dosage) => has(dosage, 'dose') || hasChoice(dosage, 'rate') },
  MedicationDispense: { 'mdd-1': hasNothingAfter('whenPrepared', 'whenHandedOver') },
  NutritionOrder: { 'nor-1': either('oralDiet', 'supplement', 'enteralFormula') },
  Observation: {
    'obs-6': (observation) => !has(observation, 'dataAbsentReason') || !hasChoice(observation, 'value'),
    'obs-7': (observation) => {
      if (observation['component'] === undefined || !hasChoice(observation, 'value')) return true;
      const codings = codingTexts(observation);
      return !objects(observation, 'component').some((component) =>
        [...codingTexts(component)].some((coding) => codings.has(coding)),
      );
    },
  },
  'Observation.referenceRange': { 'obs-3': either('low', 'high', 'text') },
  Organization: { 'org-1': either('identifier', 'name') },
  'Organization.telecom': { 'org-3': isNotHome },
  'Organization.address': { 'org-2': isNotHome },
  'Patient.contact': { 'pat-1': either('name', 'telecom', 'address', 'organization') },
  'RiskAssessment.prediction': {
    'ras-2': (prediction) => (numberOf(prediction, 'probabilityDecimal') ?? 0) <= 100,
  },
  'RiskAssessment.prediction.probability': { 'ras-1': (range) => isPercent(range, 'low') && isPercent(range, 'high') },
  ServiceRequest: { 'prr-1': (request) => !has(request, 'orderDetail') || has(request, 'code') },
};

const codingTexts = (element: JsonObject): ReadonlySet<string> =>
  new Set(objects(element, 'code').flatMap((concept) => objects(concept, 'coding').map(equalText)));
