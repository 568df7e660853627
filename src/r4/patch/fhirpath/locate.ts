import { elementTypes, supertypes } from '../../model/elements.js';
import type { Json, JsonObject } from '../../json/json.js';
import { compileCriteria, type MeetsCriteria } from './compile-criteria.js';
import { childrenOf, type ElementLocation, rootLocation } from './element-location.js';
import { inapplicable } from '../operation-fault.js';
import type { Effort } from '../patch-limits.js';
import type { Selection, SelectionStep } from './selection.js';
import { unknownElement } from './unknown-element.js';

/** Elements that a part of a path selects, and the types it could select, known even where it selects nothing. */
interface Selected {
  readonly types: readonly string[];
  readonly locations: readonly ElementLocation[];
}

/** Finds the elements that a path selects; a path that this type of resource cannot have is refused. */
export function locate(
  resource: JsonObject,
  { startType, steps }: Selection,
  effort: Effort,
): readonly ElementLocation[] {
  const root = rootLocation(resource);
  if (startType !== undefined && !supertypes(root.type).includes(startType)) {
    throw inapplicable('not-found', `The path starts with ${startType}, but the resource is of type ${root.type}.`);
  }
  const follow = new StepFollower(resource, effort);
  let selected: Selected = { types: [root.type], locations: [root] };
  for (const step of steps) selected = follow.step(step, selected);
  return selected.locations;
}

class StepFollower {
  constructor(
    private readonly resource: JsonObject,
    private readonly effort: Effort,
  ) {}

  step(step: SelectionStep, selected: Selected): Selected {
    const { types, locations } = selected;
    switch (step.kind) {
      case 'element':
        return this.element(step.name, selected);
      case 'item':
        return { types, locations: locations.slice(step.index).slice(0, 1) };
      case 'ofType':
        return { types: [step.type], locations: locations.filter(({ type }) => supertypes(type).includes(step.type)) };
      case 'extension': {
        const extensions = this.element('extension', selected);
        return { ...extensions, locations: extensions.locations.filter(({ node }) => node['url'] === step.url) };
      }
      default:
        return { types, locations: this.where(step.criteria, locations) };
    }
  }

  private element(name: string, { types, locations }: Selected): Selected {
    const found = locations.flatMap((location) => {
      const element = elementTypes(location.type, name);
      const children = element ? childrenOf(location, name, element) : [];
      this.effort.spend(1 + children.length);
      return children;
    });
    const possible = types.flatMap((type) => elementTypes(type, name)?.types ?? []);
    const [type] = types;
    // Only a resource inside the resource says by itself what it is.
    if (possible.length === 0 && found.length === 0 && type !== undefined && !types.includes('Resource')) {
      throw unknownElement(type, name);
    }
    return { types: possible.length > 0 ? possible : [...new Set(found.map((child) => child.type))], locations: found };
  }

  private where(criteria: string, locations: readonly ElementLocation[]): readonly ElementLocation[] {
    const tests = new Map<string, MeetsCriteria>();
    return locations.filter(({ type, value }) => {
      let test = tests.get(type);
      if (!test) {
        test = compileCriteria(criteria, type, this.resource, this.effort);
        tests.set(type, test);
      }
      this.effort.spend(1);
      return test(value ?? (null as Json));
    });
  }
}
