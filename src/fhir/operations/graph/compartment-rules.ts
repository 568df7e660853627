import { textOf } from '../../../r4/json/items.js';
import { isObject, type JsonObject } from '../../../r4/json/json.js';
import { compartmentParameters } from '../../../r4/model/compartments.js';
import { patientCompartmentParameters } from '../../../r4/model/patient-compartment.js';
import { parseReference } from '../../../r4/model/reference.js';
import type { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import { findPaths } from '../../../r4/search/path/find-paths.js';
import { collect } from '../../../r4/search/path/step.js';
import { TooCostly } from '../../interactions/answer-budget.js';

/** https://hl7.org/fhir/R4/graphdefinition-definitions.html#GraphDefinition.link.target.compartment */
export interface CompartmentRule {
  /** Requirements hold where all conditions do. */
  readonly use: 'condition' | 'requirement';
  /** Type that the compartments are of. */
  readonly owner: string;
  readonly rule: 'identical' | 'different';
}

interface RuleMeans {
  readonly parameters: Pick<SearchParameters, 'find'>;
  /** FHIR base URL. */
  readonly base: string;
}

type Compartments = ReadonlySet<string>;

/** Compartments of one type that a resource of a graph may be in. */
const mostCompartments = 20;

/**
 * Judges links by the compartments of both ends. They are those that the elements of a resource name, as its caller is shown it: an element
 * that is withheld puts it into no compartment.
 */
export class CompartmentRules {
  private readonly known = new Map<string, WeakMap<JsonObject, Compartments>>();
  private readonly references = new Map<string, (resource: JsonObject) => readonly string[]>();

  constructor(private readonly means: RuleMeans) {}

  /** True where the link from one resource to the other keeps the rules. Throws {@link TooCostly}. */
  keeps(rules: readonly CompartmentRule[], from: JsonObject, to: JsonObject): boolean {
    const holds = ({ owner, rule }: CompartmentRule): boolean =>
      (rule === 'identical' ? isIdentical : isDifferent)(this.compartments(owner, from), this.compartments(owner, to));
    const [conditions, requirements] = [rules.filter(isCondition), rules.filter((rule) => !isCondition(rule))];
    return !conditions.every(holds) || requirements.every(holds);
  }

  /** Resources in groups, of which the rules say the same. */
  alike(rules: readonly CompartmentRule[], resources: readonly JsonObject[]): readonly (readonly JsonObject[])[] {
    if (rules.length === 0) return [resources];
    const groups = new Map<string, JsonObject[]>();
    for (const resource of resources) {
      const key = JSON.stringify(rules.map(({ owner }) => [...this.compartments(owner, resource)].toSorted()));
      const group = groups.get(key);
      if (group) group.push(resource);
      else groups.set(key, [resource]);
    }
    return [...groups.values()];
  }

  /** `Type/id` of the owners in whose compartments the resource is. */
  private compartments(owner: string, resource: JsonObject): Compartments {
    const known = this.known.get(owner) ?? new WeakMap<JsonObject, Compartments>();
    this.known.set(owner, known);
    const found = known.get(resource) ?? this.found(owner, resource);
    known.set(resource, found);
    return found;
  }

  private found(owner: string, resource: JsonObject): Compartments {
    const type = textOf(resource['resourceType']);
    const found = new Set(type === owner ? [`${owner}/${textOf(resource['id'])}`] : []);
    for (const reference of this.referencesOf(owner, type)(resource)) {
      const local = parseReference(reference, this.means.base);
      if (local?.type === owner) found.add(`${owner}/${local.id}`);
    }
    if (found.size <= mostCompartments) return found;
    throw new TooCostly(
      `${type}/${textOf(resource['id'])} is in more than ${mostCompartments} compartments of the type ${owner}. Leave the rule about them out.`,
    );
  }

  private referencesOf(owner: string, type: string): (resource: JsonObject) => readonly string[] {
    const key = `${owner} ${type}`;
    const known = this.references.get(key) ?? referencesBy(codesOf(owner, type), type, this.means);
    this.references.set(key, known);
    return known;
  }
}

const isCondition = ({ use }: CompartmentRule): boolean => use === 'condition';

/** A resource in no compartment is in none that others are in. */
const isIdentical = (one: Compartments, other: Compartments): boolean =>
  one.size > 0 && one.size === other.size && [...one].every((owner) => other.has(owner));

const isDifferent = (one: Compartments, other: Compartments): boolean =>
  one.size > 0 && other.size > 0 && ![...one].some((owner) => other.has(owner));

/** Records of patients are those that this server has everywhere. */
const codesOf = (owner: string, type: string): readonly string[] =>
  owner === 'Patient' ? patientCompartmentParameters(type) : compartmentParameters(owner, type);

function referencesBy(codes: readonly string[], type: string, { parameters }: RuleMeans) {
  const finders = codes
    .flatMap((code) => parameters.find(type, code)?.expression ?? [])
    .flatMap((expression) => findPaths(expression, { type, resourceType: type }))
    .filter((path) => path.type === 'Reference')
    .map(({ steps }) => collect(steps));
  return (resource: JsonObject): readonly string[] =>
    finders
      .flatMap((find) => find(resource, { resource }))
      .flatMap((value) => (isObject(value) && typeof value['reference'] === 'string' ? [value['reference']] : []));
}
