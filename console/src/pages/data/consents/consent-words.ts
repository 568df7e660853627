import type { Messages } from '../../../messages/messages.js';
import { isObject, type Members, type Resource, summaryOf } from '../summary.js';

/** A provision in words, with the exceptions to it. */
export interface ProvisionWords {
  readonly denies: boolean;
  /** Each condition of it; none: it holds for everybody and everything. */
  readonly conditions: readonly string[];
  readonly exceptions: readonly ProvisionWords[];
}

/** True for a Consent that this server enforces: others are documents (docs/consent-and-labels.md). */
export const isEnforced = ({ status, scope, patient }: Resource): boolean =>
  status === 'active' && codesIn(scope).includes('patient-privacy') && isObject(patient);

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];

const codesIn = (concept: unknown): readonly unknown[] =>
  isObject(concept) ? listOf(concept['coding']).map((coding) => (isObject(coding) ? coding['code'] : undefined)) : [];

const isTyped = (type: unknown): type is 'deny' | 'permit' => type === 'deny' || type === 'permit';

const conditionNames = ['actor', 'action', 'securityLabel', 'purpose', 'class', 'code', 'dataPeriod', 'data'];

/** The first provision with the type that is meant: R4 gives it none, so `policyRule` says it (docs/consent-and-labels.md). */
function rootOf({ provision, policyRule }: Resource): Members {
  const given: Members = isObject(provision) ? provision : {};
  if (isTyped(given['type'])) return given;
  const rule = codesIn(policyRule);
  const [isOptIn, isOptOut] = [rule.includes('OPTIN'), rule.includes('OPTOUT')];
  const base = { type: isOptOut ? 'deny' : 'permit' };
  const isException = conditionNames.some((name) => given[name] !== undefined) && given['provision'] === undefined;
  if (!isException) return { ...given, ...base };
  if (!isOptIn && !isOptOut) return { ...given, type: 'deny' };
  return { ...base, provision: [{ ...given, type: isOptOut ? 'permit' : 'deny' }] };
}

export const consentWords = (consent: Resource, t: Messages): ProvisionWords => wordsOf(rootOf(consent), t);

/** Deeper ones say nothing more that people read. */
const deepest = 8;

function wordsOf(provision: Members, t: Messages, depth = 0): ProvisionWords {
  const exceptions = depth < deepest ? listOf(provision['provision']).filter(isObject) : [];
  return {
    denies: provision['type'] === 'deny',
    conditions: conditionsOf(provision, t),
    exceptions: exceptions.map((one) => wordsOf(one, t, depth + 1)),
  };
}

function conditionsOf(provision: Members, t: Messages): readonly string[] {
  const told = [
    [t('consents.who'), listOf(provision['actor']).map(actorWords)],
    [t('consents.what'), [...listOf(provision['class']), ...listOf(provision['code'])].map(summaryOf)],
    [t('consents.labels'), listOf(provision['securityLabel']).map(summaryOf)],
    [t('consents.actions'), listOf(provision['action']).map(summaryOf)],
    [t('consents.purposes'), listOf(provision['purpose']).map(summaryOf)],
    [t('consents.resources'), listOf(provision['data']).map(dataWords)],
    [t('consents.when'), listOf(provision['period']).map(summaryOf)],
    [t('consents.dataWhen'), listOf(provision['dataPeriod']).map(summaryOf)],
  ] as const;
  return told.flatMap(([label, values]) => {
    const words = values.filter((value) => value !== '').join(', ');
    return words === '' ? [] : [`${label} ${words}`];
  });
}

function actorWords(actor: unknown): string {
  if (!isObject(actor)) return '';
  const { reference } = actor;
  const identifier = isObject(reference) ? summaryOf(reference['identifier']) : '';
  return summaryOf(isObject(reference) && reference['reference'] === undefined ? identifier : reference);
}

const dataWords = (data: unknown): string => (isObject(data) ? summaryOf(data['reference']) : '');
