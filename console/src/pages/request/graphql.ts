import type { PanelRequest } from './curl.js';

/** A query of `$graphql` as it is typed. */
export interface GraphqlQuery {
  /** Of a resource, such as `Patient/p1`; empty: of the server. */
  readonly of: string;
  readonly query: string;
  /** A JSON object, or nothing. */
  readonly variables: string;
}

/** Variables by name, or why the text is none: the message of the parser; an empty one: it is JSON of another kind. */
export function readVariables(
  text: string,
): { readonly variables: Readonly<Record<string, unknown>> } | { readonly wrong: string } {
  if (text.trim() === '') return { variables: {} };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { variables: value as Readonly<Record<string, unknown>> };
    return { wrong: '' };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
}

/** The request that asks it (https://hl7.org/fhir/R4/graphql.html). The query is in the body, so that no log has it. */
export function graphqlRequest(
  { of, query }: GraphqlQuery,
  variables: Readonly<Record<string, unknown>>,
): PanelRequest {
  const place = of.trim().replaceAll(/^\/+|\/+$/g, '');
  return {
    method: 'POST',
    path: place === '' ? '$graphql' : `${place}/$graphql`,
    headers: 'Accept: application/json\nContent-Type: application/json',
    body: JSON.stringify({ query, ...(Object.keys(variables).length > 0 && { variables }) }),
  };
}
