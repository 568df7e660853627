import { objectsOf } from '../../r4/json/items.js';
import type { Json, JsonObject } from '../../r4/json/json.js';
import { NotThisResource, printable } from '../../r4/errors/request-errors.js';

/** Input of `$validate` (https://hl7.org/fhir/R4/resource-operation-validate.html). */
export interface ValidateInput {
  readonly resource?: Json;
  readonly mode?: Mode;
  readonly profiles: readonly string[];
}

const modes = ['create', 'update', 'delete'] as const;
type Mode = (typeof modes)[number];

/** Reads Parameters, or the resource itself, with `mode` and `profile` in the query or in the Parameters. Throws 400. */
export function readValidateInput(query: URLSearchParams, input: JsonObject | undefined): ValidateInput {
  const isBare = input !== undefined && input['resourceType'] !== 'Parameters';
  const parameters = isBare ? [] : parametersOf(input);
  const given = (name: string): readonly Json[] => parameters.filter((one) => one['name'] === name).flatMap(valueOf);
  const resources = isBare ? [input] : given('resource');
  if (resources.length > 1) throw new NotThisResource('$validate takes one resource.', 'Parameters.parameter');
  const [resource] = resources;
  const mode = readMode([...query.getAll('mode'), ...given('mode')]);
  return {
    ...(resource !== undefined && { resource }),
    ...(mode !== undefined && { mode }),
    profiles: [...query.getAll('profile'), ...given('profile')].filter(isText).map(printable),
  };
}

function parametersOf(input: JsonObject | undefined): readonly JsonObject[] {
  const list = input?.['parameter'];
  const parameters = objectsOf(list);
  const other = parameters.find(({ name }) => name !== 'resource' && name !== 'mode' && name !== 'profile');
  if (!other) return parameters;
  throw new NotThisResource('$validate takes the parameters resource, mode and profile.', 'Parameters.parameter');
}

const isText = (value: Json): value is string => typeof value === 'string';

const valueOf = ({ resource, valueCode, valueString, valueUri, valueCanonical }: JsonObject): readonly Json[] =>
  [resource, valueCode, valueString, valueUri, valueCanonical].filter((value) => value !== undefined);

function readMode([mode, ...more]: readonly Json[]): Mode | undefined {
  if (mode === undefined) return undefined;
  const known = modes.find((one) => one === mode);
  if (known === undefined || more.length > 0) {
    throw new NotThisResource(`The parameter "mode" is one of ${modes.join(', ')}, or absent.`);
  }
  return known;
}
