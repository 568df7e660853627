import { type JsonObject, parseJson } from '../../../src/r4/json/json.js';
import { writeXml } from '../../../src/r4/xml/write-xml.js';
import type { ChosenRequest } from './chosen-request.js';
import { resourceText, tagsText } from './content.js';
import { identifierSystem } from './drawn-elements.js';
import type { Step } from './drawn-writes.js';
import type { Patch, PatchOperation } from './naive-patch.js';

/** How requests are sent and answered. */
export type Form = Pick<Step, 'way' | 'isXml' | 'prefer'>;

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const json = 'application/fhir+json';
const xml = 'application/fhir+xml';

const xmlOf = (text: string): string => writeXml(parseJson(text) as JsonObject);

const preferring = ({ prefer }: Form) => (prefer === 'none' ? {} : { prefer: `return=${prefer}` });

export function writeAlone(request: ChosenRequest, form: Form): HttpRequest {
  const { method, criterion, ifMatch, ifNoneMatch, patch } = request;
  const headers = {
    accept: json,
    ...preferring(form),
    ...(method === 'POST' && criterion !== undefined && { 'if-none-exist': condition(criterion) }),
    ...(ifMatch !== undefined && { 'if-match': ifMatch }),
    ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }),
  };
  const made = { method, path: addressOf(request) };
  if (patch?.form === 'JSON Patch') {
    return { ...made, headers: { ...headers, 'content-type': 'application/json-patch+json' }, body: jsonPatch(patch) };
  }
  const body = resourceOf(request);
  if (body === undefined) return { ...made, headers };
  const typed = { ...headers, 'content-type': form.isXml ? xml : json };
  return { ...made, headers: typed, body: form.isXml ? xmlOf(body) : body };
}

export function writeBundle(requests: readonly ChosenRequest[], form: Form): HttpRequest {
  const text = `{"resourceType":"Bundle","type":"${form.way}","entry":[${requests.map(entryOf).join(',')}]}`;
  const headers = { accept: json, 'content-type': form.isXml ? xml : json, ...preferring(form) };
  return { method: 'POST', path: '', headers, body: form.isXml ? xmlOf(text) : text };
}

function entryOf(request: ChosenRequest): string {
  const { method, criterion, ifMatch, ifNoneMatch, fullUrl } = request;
  const ifNoneExist = method === 'POST' && criterion !== undefined ? condition(criterion) : undefined;
  const resource = resourceOf(request);
  const members = [
    method === 'DELETE' ? '' : `"fullUrl":"${fullUrl}"`,
    resource === undefined ? '' : `"resource":${resource}`,
    `"request":${JSON.stringify({ method, url: addressOf(request), ifNoneMatch, ifMatch, ifNoneExist })}`,
  ];
  return `{${members.filter((member) => member !== '').join(',')}}`;
}

const condition = (criterion: string): string => `identifier=${identifierSystem}|${criterion}`;

/** The address of a conditional reference. */
export const conditionalReference = (type: string, criterion: string): string => `${type}?${condition(criterion)}`;

/** As a request line or an entry has it. */
export function addressOf({ method, type, id, criterion }: ChosenRequest): string {
  if (id !== undefined) return `${type}/${id}`;
  if (criterion === undefined || method === 'POST') return type;
  return `${type}?identifier=${encodeURIComponent(`${identifierSystem}|${criterion}`)}`;
}

/** The resource that is sent, as JSON. */
function resourceOf({ type, id, bodyId, content, patch, meta }: ChosenRequest): string | undefined {
  if (patch) return patch.form === 'JSON Patch' ? binaryOf(jsonPatch(patch)) : fhirPathPatch(type, patch);
  if (!content) return undefined;
  const tags = content.tags.length === 0 ? [] : [tagsText(content.tags)];
  const metas = {
    none: tags,
    'before tags': ['"versionId":"77"', '"lastUpdated":"2001-01-01T00:00:00Z"', ...tags],
    'after tags': [...tags, '"lastUpdated":"2001-01-01T00:00:00+01:00"', '"versionId":"1"'],
  };
  return resourceText(type, id ?? bodyId, metas[meta].join(','), content.elements);
}

/** https://hl7.org/fhir/R4/http.html#jsonpatch: how a Bundle holds a JSON Patch. */
const binaryOf = (text: string): string =>
  JSON.stringify({
    resourceType: 'Binary',
    contentType: 'application/json-patch+json',
    data: Buffer.from(text).toString('base64'),
  });

const valueOf = ({ text }: PatchOperation): { readonly value?: unknown } =>
  text === undefined ? {} : { value: JSON.parse(text) };

const jsonPatch = ({ operations }: Patch): string =>
  JSON.stringify(
    operations.map((operation) => ({ op: operation.op, path: `/${operation.name}`, ...valueOf(operation) })),
  );

const fhirPathPatch = (type: string, { operations }: Patch): string =>
  JSON.stringify({
    resourceType: 'Parameters',
    parameter: operations.map((one) => ({ name: 'operation', part: partsOf(type, one) })),
  });

function partsOf(type: string, operation: PatchOperation): readonly object[] {
  const { op, name } = operation;
  const isAdd = op === 'add';
  const { value } = valueOf(operation);
  return [
    { name: 'type', valueCode: op === 'remove' ? 'delete' : op },
    { name: 'path', valueString: isAdd ? type : `${type}.${name}` },
    ...(isAdd ? [{ name: 'name', valueString: name }] : []),
    ...(value === undefined ? [] : [{ name: 'value', valueCode: value }]),
  ];
}
