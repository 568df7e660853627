import { InvalidRequest, type Issue } from '../../../r4/errors/fhir-error.js';
import { listed } from '../../../r4/errors/listed.js';
import { printable } from '../../../r4/errors/request-errors.js';
import { listOf } from '../../../r4/json/items.js';
import { isObject, type Json, type JsonObject } from '../../../r4/json/json.js';
import { nearest } from '../../../r4/model/nearest.js';
import { type Finding, findingIssue } from '../../../r4/validation/finding.js';
import { type AnyValue, type DeclaredParameter, mostOf } from './declared-parameter.js';
import {
  isResourceParameter,
  properties,
  readQueryValue,
  readValue,
  type ValueProperty,
  Unreadable,
} from './read-value.js';

/** Input of a call: the query, and the posted Parameters or the resource alone. */
export interface SentParameters {
  readonly query: URLSearchParams;
  readonly input?: JsonObject | undefined;
  /** Is told of parameters that are not offered, which are ignored then (`Prefer: handling=lenient`); absent: they are 400. */
  readonly ignore?: (issue: Issue) => void;
}

/** 400: every parameter that is wrong, missing or unknown. */
export class InvalidParameters extends InvalidRequest {}

/** Parts of a query that are about the answer (https://hl7.org/fhir/R4/http.html#parameters). */
const aboutAnswers: ReadonlySet<string> = new Set(['_format', '_pretty']);

/** Issues of one answer; what is beyond is counted. */
const mostIssues = 50;

/** Reads what an operation declares. `findings`: what R4 says against {@link contentToCheck}. Throws {@link InvalidParameters}. */
export function readParameters(
  { code, parameters = [] }: { readonly code: string; readonly parameters?: readonly DeclaredParameter[] | undefined },
  sent: SentParameters,
  findings: readonly Finding[] = [],
): Readonly<Record<string, AnyValue>> {
  const reader = new ParameterReader(`$${code}`, sent.ignore);
  const values = new Values(parameters);
  for (const [name, text] of sent.query) {
    if (!aboutAnswers.has(name)) reader.readQuery(values, name, text);
  }
  const { input } = sent;
  if (input !== undefined && input['resourceType'] === 'Parameters') {
    reader.readList(values, input['parameter'], 'Parameters.parameter');
  } else if (input !== undefined) reader.readAlone(values, input);
  reader.finish(values, 'Parameters.parameter');
  // The reader says it with what is expected.
  const wrong = findings.filter(({ severity, code: found }) => severity === 'error' && found !== 'inv-1');
  throwIfAny([...reader.issues, ...wrong.map(findingIssue)]);
  return values.result();
}

/** The part of a body that has to be valid R4 before an operation sees it: without what it takes unchecked. */
export function contentToCheck(declared: readonly DeclaredParameter[], input: JsonObject): JsonObject | undefined {
  if (input['resourceType'] !== 'Parameters') {
    return declared.find(isResourceParameter)?.unchecked === true ? undefined : input;
  }
  const list = input['parameter'];
  const unchecked = new Set(declared.filter((one) => one.unchecked).map(({ name }) => name));
  if (!Array.isArray(list) || unchecked.size === 0) return input;
  const isUnchecked = (one: Json): boolean =>
    isObject(one) && typeof one['name'] === 'string' && unchecked.has(one['name']);
  const parameter = (list as readonly Json[]).map((one) =>
    isUnchecked(one) ? { name: 'x', valueBoolean: true } : one,
  );
  return { ...input, parameter };
}

function throwIfAny(issues: readonly Issue[]): void {
  if (issues.length === 0) return;
  const shown = issues.slice(0, mostIssues);
  const more = issues.length - shown.length;
  const rest: Issue = { code: 'too-long', diagnostics: `${more} more are wrong.` };
  throw new InvalidParameters(...shown, ...(more > 0 ? [rest] : []));
}

/** Values found so far of the parameters of one level. */
class Values {
  private readonly found = new Map<string, AnyValue[]>();

  constructor(readonly declared: readonly DeclaredParameter[]) {}

  get names(): readonly string[] {
    return this.declared.map(({ name }) => name);
  }

  parameter(name: string): DeclaredParameter | undefined {
    return this.declared.find((one) => one.name === name);
  }

  /** Counts also what could not be read. */
  add(name: string, value: AnyValue): number {
    const list = this.found.get(name) ?? [];
    this.found.set(name, list);
    return list.push(value);
  }

  countOf(name: string): number {
    return this.found.get(name)?.length ?? 0;
  }

  result(): Readonly<Record<string, AnyValue>> {
    const values: Record<string, AnyValue> = {};
    for (const one of this.declared) {
      const list = this.found.get(one.name) ?? [];
      values[one.name] = mostOf(one) === 1 ? list[0] : list;
    }
    return values;
  }
}

/** Reads one call; what is wrong is collected, so that one answer names all of it. */
class ParameterReader {
  readonly issues: Issue[] = [];

  constructor(
    private readonly operation: string,
    private readonly ignore?: (issue: Issue) => void,
  ) {}

  readQuery(values: Values, name: string, text: string): void {
    const place = (): string => `Parameters.parameter.where(name='${literal(name)}')`;
    const parameter = values.parameter(name);
    if (!parameter) return this.unknown(values, name, place());
    this.take(values, parameter, place, () => readQueryValue(parameter, text));
  }

  readAlone(values: Values, resource: JsonObject): void {
    const parameter = values.declared.find(isResourceParameter);
    if (!parameter) return this.say('structure', `${this.operation} takes Parameters.`, 'resourceType');
    this.take(values, parameter, atType, () => readValue(parameter, { name: 'resource', value: resource }));
  }

  readList(values: Values, list: Json | undefined, path: string): void {
    if (list !== undefined && !Array.isArray(list)) this.say('structure', `${path} is a list.`, path);
    // An entry that is no named object is not valid R4; validation says so.
    for (const [i, one] of listOf(list).entries()) {
      if (isObject(one) && typeof one['name'] === 'string') this.readOne(values, one as Named, `${path}[${i}]`);
    }
  }

  private readOne(values: Values, one: Named, place: string): void {
    const parameter = values.parameter(one.name);
    if (!parameter) return this.unknown(values, one.name, place);
    const [first, ...more] = properties(one);
    if (!first || more.length > 0) {
      const fact = first ? 'has more than one of value, resource and part' : 'has no value';
      values.add(one.name, undefined);
      return this.say('structure', `The parameter "${one.name}" ${fact}; it takes ${takes(parameter)}.`, place);
    }
    const at = `${place}.${first.name.startsWith('value') ? 'value' : first.name}`;
    this.take(
      values,
      parameter,
      () => at,
      () =>
        parameter.part && first.name === 'part'
          ? this.readParts(parameter.part, first, at)
          : readValue(parameter, first),
    );
  }

  private readParts(declared: readonly DeclaredParameter[], { value }: ValueProperty, path: string): AnyValue {
    const inner = new Values(declared);
    this.readList(inner, value, path);
    this.finish(inner, path);
    return inner.result();
  }

  /** `place`: asked for where something is wrong. */
  private take(values: Values, parameter: DeclaredParameter, place: () => string, read: () => AnyValue): void {
    const { name } = parameter;
    let value: AnyValue;
    try {
      value = read();
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.say('value', `The parameter "${name}" ${error.message}; it takes ${takes(parameter)}.`, place());
    }
    const most = mostOf(parameter);
    if (values.add(name, value) === most + 1) {
      const times = most === 1 ? `once: send one ${name}` : `${most} times at most`;
      this.say('structure', `${this.operation} takes ${name} ${times}.`, place());
    }
  }

  /** Names what has to be there and is not. */
  finish(values: Values, path: string): void {
    for (const parameter of values.declared) {
      const { name, min = 0, documentation } = parameter;
      const count = values.countOf(name);
      if (count >= min) continue;
      const times = min === 1 ? '' : ` ${min} times, not ${count}`;
      const fact = `${this.operation} needs the parameter ${name}${times}: ${takes(parameter)}. ${documentation}`;
      this.say('required', fact, `${path}.where(name='${literal(name)}')`);
    }
  }

  private unknown({ names }: Values, name: string, place: string): void {
    const near = nearest(name, names);
    const hint = near === undefined ? '' : ` Did you mean ${near}?`;
    const offer = names.length === 0 ? 'It takes none.' : `It takes ${listed(names, 20)}.`;
    const diagnostics = `${this.operation} has no parameter "${printable(name)}" here.${hint} ${offer}`;
    if (this.ignore) this.ignore({ severity: 'warning', code: 'not-supported', diagnostics, expression: [place] });
    else this.say('not-supported', diagnostics, place);
  }

  private say(code: string, diagnostics: string, expression: string): void {
    this.issues.push({ code, diagnostics, expression: [expression] });
  }
}

const atType = (): string => 'resourceType';

type Named = JsonObject & { readonly name: string };

const takes = (parameter: DeclaredParameter): string => {
  const { type, part, token } = parameter;
  if (part) return `part (${part.map(({ name }) => name).join(', ')})`;
  if (isResourceParameter(parameter)) return type === 'Resource' ? 'resource' : `resource, a ${type}`;
  return `value${type!.charAt(0).toUpperCase()}${type!.slice(1)}${token ? ', or the text system|code' : ''}`;
};

/** The text between quotes of FHIRPath. */
const literal = (text: string): string => printable(text).replace(/['\\]/g, '\\$&');
