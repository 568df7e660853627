import { patientCompartmentParameters } from '../../model/patient-compartment.js';
import { indexComposite } from './index-composite.js';
import type { IndexCollector } from './index-collector.js';
import { indexerFor } from './indexers/indexer-for.js';
import { findPaths } from '../path/find-paths.js';
import { impliedSystem } from '../path/implied-system.js';
import { follow, type Visit } from '../path/step.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import type { SearchParameters } from '../parameters/search-parameters.js';

/** Everything to look for in a resource of one type. */
export type IndexPlan = readonly Visit<IndexCollector>[];

/** Columns of their own. */
const notIndexed: ReadonlySet<string> = new Set(['_id', '_lastUpdated']);

/** Compiles the expressions of all parameters of a type. */
export function planIndex(type: string, parameters: Pick<SearchParameters, 'toIndex' | 'findByUrl'>): IndexPlan {
  const compartment = new Set(patientCompartmentParameters(type));
  return [...parameters.toIndex(type).values()]
    .filter(({ code, expression }) => expression !== undefined && !notIndexed.has(code))
    .flatMap((parameter) =>
      parameter.type === 'composite'
        ? indexComposite(parameter, type, parameters)
        : indexSimple(parameter, type, compartment.has(parameter.code)),
    );
}

function indexSimple(parameter: SearchParameter, type: string, opensCompartment: boolean): IndexPlan {
  const { code } = parameter;
  return findPaths(parameter.expression ?? '', { type, resourceType: type }).flatMap((path) => {
    const indexer = indexerFor(parameter.type, path.type);
    if (!indexer) return [];
    const systemOf = impliedSystem(path);
    return follow<IndexCollector>(path.steps, (value, collector) => {
      collector.parameter = code;
      collector.opensCompartment = opensCompartment;
      indexer(value, collector, systemOf(value));
    });
  });
}
