import { listOf, objectsOf, textOf } from '../json/items.js';
import { isObject, type Json, type JsonObject } from '../json/json.js';

/** Canonicals of other definitions that a definition cannot do without, with the type that each has to be of. */
export interface NamedCanonical {
  readonly type: 'StructureDefinition' | 'ValueSet' | 'CodeSystem';
  readonly canonical: string;
}

/** Dependencies of a StructureDefinition, ValueSet or CodeSystem; none for other types. */
export function namedCanonicals(resource: JsonObject): readonly NamedCanonical[] {
  switch (resource['resourceType']) {
    case 'StructureDefinition':
      return ofStructure(resource);
    case 'ValueSet':
      return ofValueSet(resource);
    case 'CodeSystem':
      return named('CodeSystem', resource['supplements']);
    default:
      return [];
  }
}

const named = (type: NamedCanonical['type'], value: Json | undefined): readonly NamedCanonical[] =>
  textOf(value) === '' ? [] : [{ type, canonical: textOf(value) }];

/** The differential alone: what the snapshot adds comes from the base, which is named. */
function ofStructure(resource: JsonObject): readonly NamedCanonical[] {
  const differential = resource['differential'];
  const elements = isObject(differential) ? objectsOf(differential['element']) : [];
  return [
    ...named('StructureDefinition', resource['baseDefinition']),
    ...elements.flatMap(({ type, binding }) => [
      ...objectsOf(type).flatMap(({ profile, targetProfile }) =>
        [...listOf(profile), ...listOf(targetProfile)].flatMap((one) => named('StructureDefinition', one)),
      ),
      ...(isObject(binding) ? named('ValueSet', binding['valueSet']) : []),
    ]),
  ];
}

function ofValueSet({ compose }: JsonObject): readonly NamedCanonical[] {
  if (!isObject(compose)) return [];
  return [...objectsOf(compose['include']), ...objectsOf(compose['exclude'])].flatMap(
    ({ system, version, valueSet }) => [
      ...named('CodeSystem', typeof version === 'string' ? `${textOf(system)}|${version}` : system),
      ...listOf(valueSet).flatMap((one) => named('ValueSet', one)),
    ],
  );
}
