import type { Json } from '../../json/json.js';
import { indexCombination } from './composite-entries.js';
import { type CompositePart, CompositeParts } from './composite-parts.js';
import type { IndexCollector } from './index-collector.js';
import { indexerFor } from './indexers/indexer-for.js';
import { compilePath } from '../path/compile-path.js';
import { findPaths } from '../path/find-paths.js';
import { parsePath } from '../path/parse-path.js';
import { impliedSystem } from '../path/implied-system.js';
import { follow, type Visit } from '../path/step.js';
import type { Focus } from '../path/typed-path.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import type { SearchParameters } from '../parameters/search-parameters.js';

type ComponentVisits = readonly Visit<CompositeParts>[];

/** Combinations that one node can have; more is no data of care and would only fill the index. */
const mostCombinations = 1000;

/** For each node that a composite stands on: its components' values, each with each. */
export const indexComposite = (
  parameter: SearchParameter,
  type: string,
  parameters: Pick<SearchParameters, 'findByUrl'>,
): readonly Visit<IndexCollector>[] => visitsOf(parameter, type, componentsOf(parameter, parameters));

interface Component {
  readonly expression: string;
  readonly type: SearchParameter['type'];
}

const componentsOf = (
  { component = [] }: SearchParameter,
  parameters: Pick<SearchParameters, 'findByUrl'>,
): readonly Component[] =>
  component.map(({ definition, expression }) => ({
    expression,
    type: parameters.findByUrl(definition)?.type ?? 'special',
  }));

/** Servers share what it returns, so it keeps the parameters of none. */
function visitsOf(
  parameter: SearchParameter,
  type: string,
  declared: readonly Component[],
): readonly Visit<IndexCollector>[] {
  return compilePath(parsePath(parameter.expression ?? ''), { type, resourceType: type }).map((path) => {
    const focus = { type: path.type, resourceType: type };
    const components = declared.map((one) => visitComponent(one.expression, one.type, focus));
    return follow<IndexCollector>(path.steps, (node, collector) => {
      for (const parts of combine(components, node, collector)) indexCombination(parts, parameter.code, collector);
    });
  });
}

function visitComponent(expression: string, type: SearchParameter['type'], focus: Focus): ComponentVisits {
  return findPaths(expression, focus).flatMap((path) => {
    const indexer = indexerFor(type, path.type);
    const systemOf = impliedSystem(path);
    return indexer ? follow<CompositeParts>(path.steps, (value, parts) => indexer(value, parts, systemOf(value))) : [];
  });
}

function combine(components: readonly ComponentVisits[], node: Json, collector: IndexCollector): CompositePart[][] {
  let combinations: CompositePart[][] = [[]];
  // From the last: the value of a type is absent more often than the code before it.
  for (const visits of components.toReversed()) {
    const found = new CompositeParts(collector);
    for (const visit of visits) visit(node, found);
    if (found.parts.length === 0) return [];
    combinations = found.parts
      .flatMap((part) => combinations.map((combination) => [part, ...combination]))
      .slice(0, mostCombinations);
  }
  return combinations;
}
