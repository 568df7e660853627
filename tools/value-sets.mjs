/** Expands the value sets of required bindings from the code systems of HL7's package. */
import { readAll } from './hl7-package.mjs';

/** Value sets whose codes HL7 does not publish; what is bound to them is not checked. */
export const notExpandable = {
  'http://hl7.org/fhir/ValueSet/currencies': 'The codes of ISO 4217 are not part of the R4 publication.',
  'http://hl7.org/fhir/ValueSet/mimetypes':
    'BCP 13 is a grammar with an open registry, and R4 itself uses short forms such as "json".',
  'http://hl7.org/fhir/ValueSet/ucum-units': 'UCUM is a grammar; its codes cannot be listed.',
  'http://loinc.org/vs/LL379-9': 'A LOINC answer list, which the R4 publication does not contain.',
};

const codesOf = (concepts) => concepts.flatMap(({ code, concept = [] }) => [code, ...codesOf(concept)]);

const included = ({ system, concept, filter, valueSet }, url, codeSystems) => {
  if (filter || valueSet)
    throw new Error(`${url} includes by filter or value set, which this generator does not expand`);
  if (concept) return concept.map(({ code }) => code);
  const definition = codeSystems.get(system);
  if (definition?.content !== 'complete') throw new Error(`${url} includes ${system}, whose codes are not known`);
  return codesOf(definition.concept);
};

const expand = ({ url, compose }, codeSystems) => {
  if (compose.exclude) throw new Error(`${url} excludes codes, which this generator does not expand`);
  const systems = {};
  for (const include of compose.include) {
    (systems[include.system] ??= []).push(...included(include, url, codeSystems));
  }
  return systems;
};

/** Canonical → code system → codes, or the reason why its codes are not known. */
export function expandValueSets(canonicals) {
  const codeSystems = new Map(readAll('CodeSystem').map((codeSystem) => [codeSystem.url, codeSystem]));
  const valueSets = new Map(readAll('ValueSet').map((valueSet) => [valueSet.url, valueSet]));
  return Object.fromEntries(
    [...canonicals].toSorted().map((url) => {
      if (notExpandable[url]) return [url, notExpandable[url]];
      if (!valueSets.has(url)) throw new Error(`${url} is not in the package`);
      return [url, expand(valueSets.get(url), codeSystems)];
    }),
  );
}
