/** What a StructureDefinition asks of an element beyond its type: minimum, reference targets, required binding. */
import { canonicalBase, isInherited } from './hl7-package.mjs';

const allLanguages = 'http://hl7.org/fhir/ValueSet/all-languages';
const maximalValueSet = `${canonicalBase}elementdefinition-maxValueSet`;

const lastSegment = (canonical) => canonical.slice(canonical.lastIndexOf('/') + 1);
const withoutVersion = (canonical) => canonical.split('|')[0];

/** The types a Reference may name; undefined when any will do. */
const targetsOf = (types) => {
  const profiles = types.filter(({ code }) => code === 'Reference').flatMap(({ targetProfile = [] }) => targetProfile);
  const targets = profiles.map(lastSegment);
  return targets.length === 0 || targets.includes('Resource') ? undefined : targets;
};

const isLanguage = (binding) =>
  binding?.extension?.some(({ url, valueCanonical }) => url === maximalValueSet && valueCanonical === allLanguages);

const rulesOf = ({ min, type: types = [], binding }) => {
  const targets = targetsOf(types);
  const values = binding?.strength === 'required' && withoutVersion(binding.valueSet);
  const profile = types.flatMap(({ code, profile: profiles = [] }) => (code === 'Quantity' ? profiles : []))[0];
  return {
    ...(min > 0 && { min }),
    ...(targets && { targets }),
    ...(values && { values }),
    ...(isLanguage(binding) && { language: true }),
    ...(profile && { profile: lastSegment(profile) }),
  };
};

const elementName = (path) => path.slice(path.lastIndexOf('.') + 1).replace('[x]', '');

/** `Patient.contact` → element → its rules; only elements that have some. */
export function elementRules(definitions) {
  const structures = {};
  for (const definition of definitions.filter(({ kind }) => kind !== 'primitive-type')) {
    for (const element of definition.snapshot.element) {
      if (isInherited(definition, element)) continue;
      const rules = rulesOf(element);
      if (Object.keys(rules).length === 0) continue;
      (structures[element.path.slice(0, element.path.lastIndexOf('.'))] ??= {})[elementName(element.path)] = rules;
    }
  }
  return structures;
}
