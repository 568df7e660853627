import { FhirError, type Issue } from '../../../r4/errors/fhir-error.js';
import { printable } from '../../../r4/errors/request-errors.js';
import { objectsOf, textOf } from '../../../r4/json/items.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { compartmentOwners } from '../../../r4/model/compartments.js';
import { isResourceType } from '../../../r4/model/resource-types.js';
import { parsePath } from '../../../r4/search/path/parse-path.js';
import { BeyondSubset, type PathExpression } from '../../../r4/search/path/path-expression.js';
import type { CompartmentRule } from './compartment-rules.js';

/** https://hl7.org/fhir/R4/graphdefinition-definitions.html#GraphDefinition.link */
export interface GraphLink {
  /** The element, for people. */
  readonly place: string;
  /** From the resource to references in it; undefined for a link whose targets are searched for. */
  readonly path: PathExpression | undefined;
  readonly targets: readonly GraphTarget[];
}

export interface GraphTarget {
  /** A type of R4, or `Resource`. */
  readonly type: string;
  /** Search whose `{ref}` is the resource that the link begins at. */
  readonly params: string | undefined;
  readonly rules: readonly CompartmentRule[];
  readonly links: readonly GraphLink[];
}

/** A link that names no target leads to whatever is there. */
const anything: GraphTarget = { type: 'Resource', params: undefined, rules: [], links: [] };

/** Links in links. */
const deepest = 10;
const mostLinks = 100;
const longestText = 500;

/** Rules of one target. */
const mostRules = 10;

const rulesLeftOut: ReadonlyMap<string, string> = new Map([
  ['matching', '"matching" is not offered: which references lead to one person is not decided here.'],
  ['custom', '"custom" is not offered: its FHIRPath is not evaluated.'],
]);

/** Placeholder in `params` for the resource that a link begins at. */
export const ref = '{ref}';

/** Parameters of searches that are no criteria. */
const shaping =
  /^_(?:contained|containedType|count|cursor|elements|explain|format|include|pretty|revinclude|score|sort|summary|total)\b/;

/** 422: the GraphDefinition is not for this resource, or asks for what is not offered. */
export class GraphNotOffered extends FhirError {
  readonly status = 422;
}

/** The links of a GraphDefinition. Throws {@link GraphNotOffered} with all that is not offered. */
export function readGraph(definition: JsonObject, start: string): readonly GraphLink[] {
  const reading = new GraphReading();
  if (textOf(definition['start']) !== start) {
    const fact = `It starts at the type ${printable(textOf(definition['start']).slice(0, 64))}, and the call is about one of the type ${start}.`;
    reading.issues.push(issue('GraphDefinition.start', 'business-rule', fact));
  }
  const links = reading.links(definition, 'GraphDefinition', 1);
  const [first, ...others] = reading.issues;
  if (first) throw new GraphNotOffered(first, ...others);
  return links;
}

class GraphReading {
  readonly issues: Issue[] = [];
  private count = 0;

  links({ link }: JsonObject, place: string, depth: number): readonly GraphLink[] {
    const links = objectsOf(link);
    this.count += links.length;
    if (depth > deepest && links.length > 0)
      return this.refuse(place, `Links are nested in more than ${deepest} levels.`);
    if (this.count > mostLinks) return this.refuse(place, `It has more than ${mostLinks} links.`);
    return links.map((one, at) => this.link(one, `${place}.link[${at}]`, depth));
  }

  private link(link: JsonObject, place: string, depth: number): GraphLink {
    const path = this.path(link['path'], place);
    const targets = objectsOf(link['target']);
    if (link['path'] === undefined && targets.length === 0) this.refuse(place, 'It has neither a path nor a target.');
    const read = targets.map((one, at) =>
      this.target(one, `${place}.target[${at}]`, { depth, isPath: link['path'] !== undefined }),
    );
    return { place, path, targets: targets.length > 0 ? read : [anything] };
  }

  private path(path: unknown, place: string): PathExpression | undefined {
    if (path === undefined) return undefined;
    const text = typeof path === 'string' ? path : '';
    try {
      if (text.length > longestText) throw new BeyondSubset('It is too long.');
      return parsePath(text);
    } catch (error) {
      if (!(error instanceof BeyondSubset)) throw error;
      this.refuse(
        `${place}.path`,
        `It is not read here: ${error.message} Paths of elements are, with where() and ofType().`,
      );
      return undefined;
    }
  }

  private target(
    target: JsonObject,
    place: string,
    { depth, isPath }: { readonly depth: number; readonly isPath: boolean },
  ): GraphTarget {
    const type = textOf(target['type']);
    const params = typeof target['params'] === 'string' ? target['params'] : undefined;
    if (!isResourceType(type) && !(type === 'Resource' && isPath))
      this.refuse(`${place}.type`, `"${printable(type.slice(0, 64))}" is no type that this link may lead to.`);
    if (isPath && params !== undefined)
      this.refuse(`${place}.params`, 'A link has either a path or searches (params).');
    if (!isPath) this.requireParams(params, `${place}.params`);
    const rules = objectsOf(target['compartment']).flatMap((one, at) => this.rule(one, `${place}.compartment[${at}]`));
    if (rules.length > mostRules) this.refuse(`${place}.compartment`, `It has more than ${mostRules} rules.`);
    return { type, params, rules, links: this.links(target, place, depth + 1) };
  }

  private rule(compartment: JsonObject, place: string): readonly CompartmentRule[] {
    const [use, owner, rule] = ['use', 'code', 'rule'].map((name) => textOf(compartment[name]));
    if (use !== 'condition' && use !== 'requirement')
      return this.refuse(`${place}.use`, 'It is neither "condition" nor "requirement".');
    if (!compartmentOwners.includes(owner!))
      return this.refuse(`${place}.code`, `R4 has compartments of ${compartmentOwners.join(', ')}.`);
    if (rule === 'identical' || rule === 'different') return [{ use, owner: owner!, rule }];
    return this.refuse(
      `${place}.rule`,
      `${rulesLeftOut.get(rule!) ?? 'There is no such rule.'} "identical" and "different" are followed.`,
    );
  }

  private requireParams(params: string | undefined, place: string): void {
    const query = new URLSearchParams((params ?? '').slice(0, longestText));
    if (params === undefined || params.length > longestText || ![...query.values()].includes(ref))
      this.refuse(
        place,
        `It is no search of ${longestText} characters at most with a parameter whose value is ${ref}.`,
      );
    for (const [name, value] of query) {
      if (shaping.test(name)) this.refuse(place, `${printable(name)} is no criterion.`);
      if (value !== ref && value.includes(ref)) this.refuse(place, `${ref} stands for a value as a whole.`);
    }
  }

  private refuse(place: string, fact: string): [] {
    this.issues.push(issue(place, 'not-supported', fact));
    return [];
  }
}

const issue = (place: string, code: string, fact: string): Issue => ({
  code,
  diagnostics: `The GraphDefinition is not followed. ${place}: ${fact}`,
  expression: ["Parameters.parameter.where(name='graph')"],
});
