/** Which elements a StructureDefinition marks: for summaries, as mandatory, as changing the meaning of the rest. */
import { isInherited } from './hl7-package.mjs';

const flags = {
  summary: ({ isSummary }) => isSummary === true,
  mandatory: ({ min }) => min > 0,
  modifier: ({ isModifier }) => isModifier === true,
};

const split = ({ path }) => {
  const end = path.lastIndexOf('.');
  return [path.slice(0, end), path.slice(end + 1).replace('[x]', '')];
};

/** `Patient.link` → flag → the names of its elements; only what has some. */
export function elementFlags(definitions) {
  const structures = {};
  for (const definition of definitions.filter(({ kind }) => kind !== 'primitive-type')) {
    for (const element of definition.snapshot.element) {
      if (isInherited(definition, element)) continue;
      const [parent, name] = split(element);
      for (const [flag, isSet] of Object.entries(flags)) {
        if (isSet(element)) ((structures[parent] ??= {})[flag] ??= []).push(name);
      }
    }
  }
  return structures;
}
