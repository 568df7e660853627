/** Required bindings (https://hl7.org/fhir/R4/terminologies.html#required). */
import { listOf } from '../json/items.js';
import { isObject, type Json } from '../json/json.js';
import { foundText, quoted } from './found-text.js';
import type { ValidationRun } from './validation-run.js';
import type { ValueSetCodes } from '../model/value-sets.js';

/** More codes than this are not listed in an answer. */
const mostListed = 12;
const languageSystem = 'urn:ietf:bcp:47';

/**
 * BCP 47 by syntax (RFC 5646 section 2.1): language, then script, region, variants, extensions and private use. Subtags
 * are one to eight letters or digits, and registration is not looked up.
 */
const languageTag = /^(?:[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*|[xi](?:-[A-Za-z0-9]{1,8})+)$/;

export function checkCode(value: string, valueSet: ValueSetCodes, run: ValidationRun): void {
  if (!valueSet.codes.has(value)) run.report('code-not-in-value-set', expectedCodes(valueSet), quoted(value));
}

/** At least one coding must be of the value set; extensions in place of a concept are no concept. */
export function checkConcept(value: Json, valueSet: ValueSetCodes, run: ValidationRun): void {
  if (!isObject(value)) return;
  const { coding, text } = value;
  if (coding === undefined && text === undefined) return;
  const codings = listOf(coding);
  if (codings.some((item) => isCodingOf(item, valueSet))) return;
  const found = codings.length === 0 ? 'only a text' : codings.slice(0, mostListed).map(codingText).join(', ');
  run.report('code-not-in-value-set', `a coding of ${expectedCodings(valueSet)}`, found);
}

export function checkLanguage(value: string, run: ValidationRun): void {
  if (!languageTag.test(value)) {
    run.report('code-not-in-value-set', 'a language tag of BCP 47 such as "en" or "en-AU"', quoted(value));
  }
}

export function checkLanguageConcept(value: Json, run: ValidationRun): void {
  const coding = isObject(value) ? value['coding'] : undefined;
  if (!Array.isArray(coding)) return;
  for (const item of coding as readonly Json[]) {
    if (!isObject(item) || item['system'] !== languageSystem) continue;
    if (typeof item['code'] === 'string') checkLanguage(item['code'], run);
  }
}

const isCodingOf = (coding: Json, { systems }: ValueSetCodes): boolean =>
  isObject(coding) &&
  typeof coding['system'] === 'string' &&
  typeof coding['code'] === 'string' &&
  systems.get(coding['system'])?.has(coding['code']) === true;

const codingText = (coding: Json): string =>
  isObject(coding)
    ? `${foundText(coding['code'])} of ${coding['system'] === undefined ? 'no system' : foundText(coding['system'])}`
    : foundText(coding);

const expectedCodes = ({ url, codes }: ValueSetCodes): string =>
  codes.size <= mostListed ? `one of ${[...codes].join(', ')}` : `a code of ${url}`;

const expectedCodings = ({ url, systems, codes }: ValueSetCodes): string =>
  codes.size <= mostListed ? [...systems].map(([system, of]) => `${system} (${[...of].join(', ')})`).join(' or ') : url;
