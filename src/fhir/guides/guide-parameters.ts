import { checkParameter } from '../../r4/search/parameters/check-parameter.js';
import { readDefinition } from '../../r4/search/parameters/custom-definition.js';
import type { SearchParameter } from '../../r4/search/parameters/search-parameter.js';
import { SearchParameters } from '../../r4/search/parameters/search-parameters.js';
import type { Guide } from './guide.js';

export interface GuideParameters {
  /** Parameters that R4 does not have. */
  readonly added: readonly SearchParameter[];
  /** Reasons why others are not offered. */
  readonly problems: readonly string[];
}

/** The search parameters that guides bring. Where two define the same one, the first counts. */
export function guideParameters(guides: readonly Guide[]): GuideParameters {
  const known = new SearchParameters();
  const added: SearchParameter[] = [];
  const problems: string[] = [];
  for (const { id, searchParameters } of guides) {
    for (const resource of searchParameters) {
      const definition = readDefinition(resource, known);
      if (definition.kind === 'document') continue;
      const fact =
        definition.kind === 'invalid'
          ? definition.issues.map(({ diagnostics }) => diagnostics).join(' ')
          : add(definition.parameter, known);
      if (fact === undefined && definition.kind === 'custom') added.push(definition.parameter);
      else if (fact !== undefined) problems.push(`${id}: ${JSON.stringify(resource['url'])} is not offered: ${fact}`);
    }
  }
  return { added, problems };
}

function add(parameter: SearchParameter, known: SearchParameters): string | undefined {
  try {
    checkParameter(parameter, known);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  known.add(parameter);
  return undefined;
}
