import type { MemberProperty } from '../../../r4/terminology/questions/member-properties.js';

/** R4 has no elements for properties of an expansion: those of R5 stand in its extensions (https://hl7.org/fhir/R5/versions.html#extensions). */
const element = 'http://hl7.org/fhir/5.0/StructureDefinition/extension-ValueSet.expansion';

/** Extensions of `ValueSet.expansion.contains` in the place of R5's `property`. */
export const propertyExtensions = (properties: readonly MemberProperty[]): readonly object[] =>
  properties.map(({ code, value }) => ({
    url: `${element}.contains.property`,
    extension: [
      { url: 'code', valueCode: code },
      { url: 'value', ...value },
    ],
  }));

/** Extensions of `ValueSet.expansion` in the place of R5's `property`: each that a code has, once. */
export function usedProperties(properties: Iterable<MemberProperty>): readonly object[] {
  const uris = new Map<string, string | undefined>();
  for (const { code, uri } of properties) uris.set(code, uris.get(code) ?? uri);
  return [...uris].map(([code, uri]) => ({
    url: `${element}.property`,
    extension: [{ url: 'code', valueCode: code }, ...(uri === undefined ? [] : [{ url: 'uri', valueUri: uri }])],
  }));
}
