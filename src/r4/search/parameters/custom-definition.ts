import { listOf, textOf } from '../../json/items.js';
import { supertypes } from '../../model/elements.js';
import type { Issue } from '../../errors/fhir-error.js';
import { isObject, type Json, type JsonObject } from '../../json/json.js';
import { printable } from '../../errors/request-errors.js';
import { isResourceType } from '../../model/resource-types.js';
import { compileCustom } from './custom-expression.js';
import { indexerFor } from '../index/indexers/indexer-for.js';
import { typesOf } from './parameter-types.js';
import { resultParameterNames } from '../query/parse-result-parameters.js';
import type { SearchParameter, SearchParameterType } from './search-parameter.js';
import type { SearchParameters } from './search-parameters.js';

/** Effect of a SearchParameter resource on this server. */
export type Definition =
  /** It changes nothing: `why` completes "is a document:". */
  | { readonly kind: 'document'; readonly why: string }
  | { readonly kind: 'custom'; readonly parameter: SearchParameter }
  | { readonly kind: 'invalid'; readonly issues: readonly Issue[] };

type Known = Pick<SearchParameters, 'findBuiltIn' | 'findByUrl'>;

const types: readonly string[] = ['number', 'date', 'string', 'token', 'reference', 'composite', 'quantity', 'uri'];

/** Reads a SearchParameter (https://hl7.org/fhir/R4/searchparameter.html) that is valid R4. */
export function readDefinition(resource: JsonObject, known: Known): Definition {
  const status = textOf(resource['status']);
  if (status !== 'active') return { kind: 'document', why: `its status is ${status}, not active` };
  const parameter = parameterOf(resource);
  const builtIn = known.findByUrl(parameter.url);
  if (builtIn) return sameAs(builtIn, parameter);
  const described = describedBy(parameter, resource, known);
  if (described) return { kind: 'document', why: `searches by ${parameter.code} follow ${described.url}` };
  const issues = problemsOf(parameter, known);
  return issues.length > 0 ? { kind: 'invalid', issues } : { kind: 'custom', parameter };
}

const texts = (value: Json | undefined): readonly string[] => listOf(value).map(textOf);
const unversioned = (canonical: string): string => canonical.replace(/\|[^|]*$/, '');

function parameterOf(resource: JsonObject): SearchParameter {
  const target = texts(resource['target']);
  const component = listOf(resource['component'])
    .filter(isObject)
    .map((one) => ({ definition: unversioned(textOf(one['definition'])), expression: textOf(one['expression']) }));
  const expression = textOf(resource['expression']);
  return {
    code: textOf(resource['code']),
    type: textOf(resource['type']) as SearchParameterType,
    url: textOf(resource['url']),
    base: texts(resource['base']),
    ...(expression !== '' && { expression }),
    ...(target.length > 0 && { target }),
    ...(component.length > 0 && { component }),
  };
}

const plain = (expression: string): string => expression.replaceAll(/\s+/g, '');

/** A built-in parameter that is stored as well, as those who load HL7's definitions do. */
function sameAs(builtIn: SearchParameter, { code, type, expression = '' }: SearchParameter): Definition {
  const isSame =
    code === builtIn.code && type === builtIn.type && plain(expression) === plain(builtIn.expression ?? '');
  if (isSame) return { kind: 'document', why: 'the parameter is built in' };
  const fact = `${builtIn.url} is built in with another code, type or expression; give the parameter a url of its own.`;
  return { kind: 'invalid', issues: [issue('url', fact, 'business-rule')] };
}

/** The built-in parameter that this one is derived from, if it says so and is the same on all its types. */
function describedBy(parameter: SearchParameter, resource: JsonObject, known: Known): SearchParameter | undefined {
  const origin = unversioned(textOf(resource['derivedFrom']));
  const found = typesOf(parameter).map((type) => known.findBuiltIn(type, parameter.code));
  const isDerived = (one: SearchParameter | undefined): boolean => one?.url === origin && one.type === parameter.type;
  return found.length > 0 && found.every(isDerived) ? found[0] : undefined;
}

function problemsOf(parameter: SearchParameter, known: Known): readonly Issue[] {
  return [...codeProblems(parameter, known), ...baseProblems(parameter), ...contentProblems(parameter, known)];
}

function codeProblems({ code, ...parameter }: SearchParameter, known: Known): readonly Issue[] {
  const shown = printable(code);
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(code) || resultParameterNames.includes(code)) {
    return [issue('code', `"${shown}" is no code for a parameter: a letter, then up to 63 letters, digits, "-", "_".`)];
  }
  const taken = typesOf({ ...parameter, code }).map((type) => ({ type, by: known.findBuiltIn(type, code) }));
  const first = taken.find(({ by }) => by !== undefined);
  if (!first) return [];
  const fact = `${shown} is reserved: ${first.type} has it as ${first.by?.url}. Choose another code.`;
  return [issue('code', fact, 'business-rule')];
}

function baseProblems({ base, target = [] }: SearchParameter): readonly Issue[] {
  const unknown = base.find((name) => !supertypes(name).includes('Resource'));
  const astray = target.find((name) => name !== 'Resource' && !isResourceType(name));
  return [
    ...(base.length === 0 ? [issue('base', 'There is no base: name the resource types to search.')] : []),
    ...(unknown === undefined ? [] : [issue('base', `"${printable(unknown)}" is no resource type of R4.`)]),
    ...(astray === undefined ? [] : [issue('target', `"${printable(astray)}" is no resource type of R4.`)]),
  ];
}

function contentProblems(parameter: SearchParameter, known: Known): readonly Issue[] {
  const { type, expression } = parameter;
  if (!types.includes(type)) {
    return [issue('type', `Parameters of type ${printable(type)} are built in only. Use one of ${types.join(', ')}.`)];
  }
  if (expression === undefined) return [issue('expression', 'There is no expression, so nothing could be found.')];
  if (type === 'composite') return compositeProblems(parameter, known);
  const found = typesOf(parameter);
  const leadsNowhere = found.every((one) => compileCustom(expression, one).length === 0);
  if (leadsNowhere) return [issue('expression', 'The expression leads to nothing in any of the base types.')];
  return first(found.map((one) => pathProblem(expression, type, one, one)));
}

const first = (problems: readonly (Issue | undefined)[]): readonly Issue[] =>
  problems.filter((problem) => problem !== undefined).slice(0, 1);

function pathProblem(
  expression: string,
  type: SearchParameterType,
  focus: string,
  resourceType: string,
): Issue | undefined {
  const paths = compileCustom(expression, focus, resourceType);
  if (typeof paths === 'string') return issue('expression', `The expression ${paths}.`);
  // A union has nothing for some of its bases.
  if (paths.length === 0 || paths.some((path) => indexerFor(type, path.type) !== undefined)) return undefined;
  const found = [...new Set(paths.map((path) => path.type))].slice(0, 5).join(', ');
  return issue('expression', `The expression leads to ${found}, which a parameter of type ${type} cannot search.`);
}

function compositeProblems(parameter: SearchParameter, known: Known): readonly Issue[] {
  const { component = [], expression = '' } = parameter;
  if (component.length < 2) return [issue('component', 'A composite has at least two components.')];
  const unknown = component.find(({ definition }) => {
    const found = known.findByUrl(definition);
    return found === undefined || found.type === 'composite' || found.type === 'special';
  });
  if (unknown) {
    const fact = `${printable(unknown.definition)} is no built-in parameter that a component can be of.`;
    return [issue('component', fact)];
  }
  return first(
    typesOf(parameter).flatMap((type) => {
      const nodes = compileCustom(expression, type);
      if (typeof nodes === 'string') return [issue('expression', `The expression ${nodes}.`)];
      return nodes.flatMap((node) =>
        component.map((one) => pathProblem(one.expression, known.findByUrl(one.definition)!.type, node.type, type)),
      );
    }),
  );
}

const issue = (element: string, diagnostics: string, code = 'value'): Issue => ({
  severity: 'error',
  code,
  diagnostics,
  expression: [`SearchParameter.${element}`],
});
