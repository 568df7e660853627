/** Compact forms of the code systems and value sets of HL7's package, from which search expands. */
import { readAll } from './hl7-package.mjs';

/** Properties that say where a concept stands in the hierarchy, and whether it may be used. */
const kept = new Set(['parent', 'child', 'subsumedBy', 'notSelectable', 'status', 'inactive']);

const isPublished = ({ id, url }) => url && !id.startsWith('example');

const byUrl = (resources, compact) =>
  Object.fromEntries(
    resources
      .filter(isPublished)
      .toSorted((one, other) => (one.url < other.url ? -1 : 1))
      .map((resource) => [resource.url, compact(resource)]),
  );

const compactProperty = ({ code, valueCode, valueString, valueBoolean }) =>
  valueBoolean === undefined ? { code, valueCode: valueCode ?? valueString } : { code, valueBoolean };

/** `active` and selectable go without saying. */
const isNews = ({ code, valueCode, valueBoolean }) =>
  kept.has(code) && valueBoolean !== false && !(code === 'status' && valueCode === 'active');

const compactConcept = ({ code, display, concept, property = [] }) => {
  const places = property.filter(isNews).map(compactProperty);
  return {
    code,
    ...(display && display !== code && { display }),
    ...(places.length > 0 && { property: places }),
    ...(concept && { concept: concept.map(compactConcept) }),
  };
};

const compactSystem = ({ version, name, caseSensitive, hierarchyMeaning, concept = [] }) => ({
  version,
  name,
  ...(caseSensitive !== undefined && { caseSensitive }),
  ...(hierarchyMeaning && { hierarchyMeaning }),
  concept: concept.map(compactConcept),
});

const compactPart = ({ system, version, concept, filter, valueSet }) => ({
  ...(system && { system }),
  ...(version && { version }),
  ...(concept && {
    concept: concept.map(({ code, display }) => ({ code, ...(display && display !== code && { display }) })),
  }),
  ...(filter && { filter: filter.map(({ property, op, value }) => ({ property, op, value })) }),
  ...(valueSet && { valueSet }),
});

const compactValueSet = ({ version, compose: { include, exclude } }) => ({
  version,
  compose: { include: include.map(compactPart), ...(exclude && { exclude: exclude.map(compactPart) }) },
});

/** Canonical → what is needed of each code system whose codes are all in the package. */
export const codeSystems = () =>
  byUrl(
    readAll('CodeSystem').filter(({ content }) => content === 'complete'),
    compactSystem,
  );

/** Canonical → the definition of each value set. */
export const valueSetDefinitions = () =>
  byUrl(
    readAll('ValueSet').filter(({ compose }) => compose?.include),
    compactValueSet,
  );
