import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { isObject, type Json, type JsonObject } from '../../../r4/json/json.js';
import type { OperationDeclaration } from '../operation.js';

/** Declaration of `$explain-access` for `/metadata`; it takes the credentials itself, so no guard stands before it. */
export const explainAccessDeclaration = {
  code: 'explain-access',
  level: ['system'],
  affectsState: false,
  access: 'any-token',
  parameters: [
    {
      name: 'token',
      type: 'string',
      documentation: 'The token to explain; that of the header Authorization unless said.',
    },
    { name: 'request', type: 'string', documentation: 'A request line, such as GET Patient/p1.' },
    { name: 'body', type: 'Resource', documentation: 'The body of that request; its text may come as valueString.' },
  ],
  returns: [{ name: 'return', type: 'Parameters', min: 1, documentation: 'Each step of the decision.' }],
  documentation:
    'Explains step by step what a token (parameter token, or the one in Authorization) permits for a request line (parameter request, such as "GET Patient/p1") and body (parameter body). Open, rate-limited, looks at no stored data. JSON, XML or text/plain.',
} as const satisfies OperationDeclaration;

/** Input of an explanation. */
export interface ExplainInput {
  readonly token?: string;
  readonly request?: string;
  readonly body?: Json;
}

/** The Parameters `token`, `request` and `body` (a resource, or its text). Throws 400 for anything else. */
export function readExplainParameters(input: JsonObject, parse: (text: string) => Json): ExplainInput {
  const parameters = input['parameter'] ?? [];
  if (!Array.isArray(parameters)) throw invalid('"parameter" is a list.');
  const parts = (parameters as readonly Json[]).map((one) => readParameter(isObject(one) ? one : {}, parse));
  return Object.assign({}, ...parts) as ExplainInput;
}

function readParameter({ name, valueString, resource }: JsonObject, parse: (text: string) => Json): ExplainInput {
  if (name === 'body' && resource !== undefined) return { body: resource };
  if (typeof valueString !== 'string') throw invalid(`${named(name)} needs valueString.`);
  if (name === 'token') return { token: valueString };
  if (name === 'request') return { request: valueString };
  if (name === 'body') return { body: parse(valueString) };
  throw invalid(`${named(name)} is not known here.`);
}

/** Reads the same names from a form, which curl sends as it is. */
export function readExplainForm(form: URLSearchParams, parse: (text: string) => Json): ExplainInput {
  const strange = [...form.keys()].find((name) => !['token', 'request', 'body'].includes(name));
  if (strange !== undefined) throw invalid(`${named(strange)} is not known here.`);
  const [token, request, body] = ['token', 'request', 'body'].map((name) => form.get(name));
  return {
    ...(token && { token }),
    ...(request && { request }),
    ...(body && { body: parse(body) }),
  };
}

const named = (name: Json | undefined): string =>
  `The parameter "${typeof name === 'string' ? name.replace(/[^\x20-\x7e]/g, '?').slice(0, 40) : ''}"`;

const invalid = (fact: string): InvalidRequest =>
  new InvalidRequest({
    code: 'invalid',
    diagnostics: `${fact} $explain-access takes token, request (such as "GET Patient/p1") and body, as Parameters or as a form.`,
  });
