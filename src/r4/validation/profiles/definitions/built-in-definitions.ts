import type { JsonObject } from '../../../json/json.js';
import { readDefinitions } from '../../../model/definitions.js';
import { builtInCodeSystems, builtInValueSets } from '../../../terminology/built-in.js';
import { parseCanonical } from '../../../terminology/canonical.js';

/** Kinds of definitions that validation asks for. */
export type DefinitionKind = 'StructureDefinition' | 'ValueSet' | 'CodeSystem';

let structures: Readonly<Record<string, JsonObject>> | undefined;

function structure(url: string): JsonObject | undefined {
  structures ??= readDefinitions('structures.json') as Record<string, JsonObject>;
  return Object.hasOwn(structures, url) ? { resourceType: 'StructureDefinition', ...structures[url], url } : undefined;
}

const finders: Readonly<Record<DefinitionKind, (url: string) => JsonObject | undefined>> = {
  StructureDefinition: structure,
  ValueSet: (url) => builtInValueSets.resource(url) as JsonObject | undefined,
  CodeSystem: (url) => {
    const found = builtInCodeSystems.resource(url);
    return found && { ...(found as JsonObject), content: 'complete' };
  },
};

/** A definition of R4 itself, without its texts: types, profiles, extensions, value sets, and code systems whose codes are published. */
export function builtInDefinition(kind: DefinitionKind, canonical: string): JsonObject | undefined {
  const { url, version } = parseCanonical(canonical);
  const found = finders[kind](url);
  const own = typeof found?.['version'] === 'string' ? found['version'] : undefined;
  return version === undefined || own === version || own?.startsWith(`${version}.`) === true ? found : undefined;
}
