import { supertypes } from '../../model/elements.js';
import { typesOf } from './parameter-types.js';
import { parsableTypes } from '../values/parse-filter.js';
import { findPaths } from '../path/find-paths.js';
import type { SearchParameter } from './search-parameter.js';
import type { SearchParameters } from './search-parameters.js';

/** Throws at start, in words for the developer, unless search can offer the parameter of an extension. */
export function checkParameter(parameter: SearchParameter, known: SearchParameters): void {
  const { url, code, type, base } = parameter;
  const fact =
    (/^[a-z][a-zA-Z0-9-]{0,63}$/.test(code) ? undefined : `has the code "${code}"; use letters, digits and "-"`) ??
    unknownBase(base) ??
    (parsableTypes.includes(type) ? undefined : `is of type ${type}; search takes ${parsableTypes.join(', ')}`) ??
    typesOf(parameter)
      .map((one) => clash(parameter, one, known) ?? unreadable(parameter, one))
      .find((found) => found !== undefined);
  if (fact !== undefined) throw new Error(`The search parameter ${url} ${fact}.`);
}

function unknownBase(base: readonly string[]): string | undefined {
  if (base.length === 0) return 'names no base';
  const unknown = base.find((name) => !supertypes(name).includes('Resource'));
  return unknown === undefined ? undefined : `has the base ${unknown}, which is no resource type`;
}

/** A namesake would change what compartments, scopes and clients mean by the code. */
function clash({ code }: SearchParameter, type: string, known: SearchParameters): string | undefined {
  const taken = known.find(type, code);
  return taken && `has the code "${code}", which is ${taken.url} for ${type}`;
}

function unreadable({ expression = '' }: SearchParameter, type: string): string | undefined {
  try {
    findPaths(expression, { type, resourceType: type });
    return undefined;
  } catch (error) {
    return `has an expression that cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
