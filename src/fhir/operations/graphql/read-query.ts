import { createRequire } from 'node:module';
import type {
  DocumentNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  ValueNode,
  VariableDefinitionNode,
} from 'graphql';
import { OperationTypeNode } from 'graphql/language/ast.js';
import { Kind } from 'graphql/language/kinds.js';
import { isObject, type Json, type JsonObject, parseJson } from '../../../r4/json/json.js';
import { InvalidQuery, quoted, unknownName } from './query-errors.js';

/** Characters of a query. */
const mostCharacters = 20_000;
/** Words and signs of a query. */
const mostTokens = 4_000;

/** A query as it was sent. */
export interface SentQuery {
  readonly query: string;
  readonly operationName?: string | undefined;
  /** A JSON object. */
  readonly variables?: string | undefined;
}

/** The operation of a query that is to be carried out. */
export interface ReadQuery {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: ReadonlyMap<string, Json>;
}

type Parser = typeof import('graphql/language/parser.js');

const require = createRequire(import.meta.url);
/** Only the parser, loaded when first needed: the executor would hold the data of each field alone (ADR 87). */
const parser = (): Parser => require('graphql/language/parser.js') as Parser;

/** Throws 400 for what is no query, and for a mutation. */
export function readQuery({ query, operationName, variables }: SentQuery): ReadQuery {
  if (query.length > mostCharacters)
    throw new InvalidQuery(
      `The query has ${query.length} characters; it may have ${mostCharacters}. Ask in several queries.`,
      'too-costly',
    );
  const { definitions } = parse(query);
  const operations = definitions.filter(
    (one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION,
  );
  const fragments = definitions.filter((one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION);
  const other = definitions.find(({ kind }) => kind !== Kind.OPERATION_DEFINITION && kind !== Kind.FRAGMENT_DEFINITION);
  if (other) throw new InvalidQuery(`A query has operations and fragments, and no ${other.kind}.`);
  const operation = chosen(operations, operationName);
  if (operation.operation !== OperationTypeNode.QUERY)
    throw new InvalidQuery(
      `A ${operation.operation} is not offered: $graphql reads. Write by the interactions of FHIR (POST, PUT, PATCH, DELETE, or a ` +
        'Bundle), which check what is written and say what became of it.',
      'not-supported',
    );
  return {
    operation,
    fragments: new Map(fragments.map((one) => [one.name.value, one])),
    variables: variablesOf(operation, variables),
  };
}

function parse(query: string): DocumentNode {
  try {
    return parser().parse(query, { noLocation: true, maxTokens: mostTokens });
  } catch (error) {
    const { message, locations } = error as {
      message: string;
      locations?: readonly { line: number; column: number }[];
    };
    // It descends into itself for each level of nesting.
    if (error instanceof RangeError) throw new InvalidQuery('The query nests too deep.', 'too-costly');
    if (/more that|more than/.test(message))
      throw new InvalidQuery(
        `The query has more than ${mostTokens} words and signs. Ask in several queries.`,
        'too-costly',
      );
    const [at] = locations ?? [];
    const place = at ? ` (line ${at.line}, column ${at.column})` : '';
    throw new InvalidQuery(
      `The query is no GraphQL${place}: ${message.replace(/^Syntax Error: /, '').slice(0, 300)}`,
      'structure',
    );
  }
}

function chosen(operations: readonly OperationDefinitionNode[], name: string | undefined): OperationDefinitionNode {
  const names = operations.map((one) => one.name?.value ?? '');
  if (new Set(names).size < names.length) throw new InvalidQuery('Operations of a query have different names.');
  if (name === undefined) {
    const [only, ...others] = operations;
    if (only && others.length === 0) return only;
    throw new InvalidQuery(
      only
        ? `operationName has to say which of these is meant: ${names.join(', ').slice(0, 300)}.`
        : 'The query has no operation.',
      'required',
    );
  }
  const found = operations[names.indexOf(name)];
  if (found) return found;
  throw unknownName(`operationName: no operation is named ${quoted(name)}.`, name, names);
}

function variablesOf({ variableDefinitions = [] }: OperationDefinitionNode, text: string | undefined) {
  const sent = text === undefined || text === '' ? {} : parseJson(text);
  if (!isObject(sent)) throw new InvalidQuery('variables has to be a JSON object with a value for each name.');
  const declared = variableDefinitions.map(({ variable }) => variable.name.value);
  const unknown = Object.keys(sent).find((name) => !declared.includes(name));
  if (unknown !== undefined)
    throw unknownName(`variables: the operation has no variable $${quoted(unknown)}.`, unknown, declared);
  return new Map(variableDefinitions.flatMap((one) => variableOf(one, sent)));
}

function variableOf(
  { variable, type, defaultValue }: VariableDefinitionNode,
  sent: JsonObject,
): readonly (readonly [string, Json])[] {
  const name = variable.name.value;
  const value = valueIn(sent, name) ?? (defaultValue && constantOf(defaultValue)) ?? null;
  if (value === null && type.kind === Kind.NON_NULL_TYPE)
    throw new InvalidQuery(`The variable $${name} has to have a value.`, 'required');
  return value === null ? [] : [[name, value]];
}

const valueIn = (sent: JsonObject, name: string): Json | undefined =>
  Object.hasOwn(sent, name) ? sent[name] : undefined;

/** Values of arguments; undefined for a variable that has none. Throws 400 for objects, which no argument takes. */
export function valueOf(value: ValueNode, variables: ReadonlyMap<string, Json>): Json | undefined {
  if (value.kind === Kind.VARIABLE) return variables.get(value.name.value);
  if (value.kind === Kind.LIST) return value.values.map((one) => valueOf(one, variables) ?? null);
  return constantOf(value);
}

function constantOf(value: ValueNode): Json {
  if (value.kind === Kind.LIST) return value.values.map(constantOf);
  if (value.kind === Kind.INT || value.kind === Kind.FLOAT) return Number(value.value);
  if (value.kind === Kind.NULL) return null;
  if (value.kind === Kind.BOOLEAN || value.kind === Kind.STRING || value.kind === Kind.ENUM) return value.value;
  throw new InvalidQuery('Arguments are text, numbers, true, false, or lists of them.');
}
