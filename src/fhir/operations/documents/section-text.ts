import { isObject, type Json, type JsonObject } from '../../../r4/json/json.js';
import { listOf, objectsOf, textOf } from '../../../r4/json/items.js';

/** Elements that say what a resource of a section is, the first that is there. */
const naming = ['code', 'medicationCodeableConcept', 'vaccineCode', 'category', 'device', 'medicationReference'];
const times = ['effectiveDateTime', 'onsetDateTime', 'performedDateTime', 'occurrenceDateTime', 'authoredOn', 'date'];
/** Characters of a line: what a text of one resource says is in the resource itself. */
const longest = 500;
const values = ['valueString', 'valueQuantity', 'valueCodeableConcept'];

/** The narrative of a section: a line for each resource, made of what the caller is shown of it. */
export const sectionText = (resources: readonly JsonObject[], remark?: string): object =>
  listText(resources.map(lineOf), remark);

/** The narrative of plain lines. */
export function listText(lines: readonly string[], remark?: string): object {
  const list = lines.length === 0 ? '' : `<ul>${lines.map((one) => `<li>${escaped(one)}</li>`).join('')}</ul>`;
  const told = remark === undefined ? '' : `<p>${escaped(remark)}</p>`;
  return { status: 'generated', div: `<div xmlns="http://www.w3.org/1999/xhtml">${list}${told}</div>` };
}

/** Words for one resource. */
export function lineOf(resource: JsonObject): string {
  const line = wholeLineOf(resource);
  return line.length <= longest ? line : `${line.slice(0, longest).toWellFormed()}…`;
}

function wholeLineOf(resource: JsonObject): string {
  const name = first(naming.map((one) => wordsOf(resource[one]))) ?? textOf(resource['resourceType']);
  const value = first(values.map((one) => wordsOf(resource[one])));
  const time = first(times.map((one) => wordsOf(resource[one])));
  return `${name}${value === undefined ? '' : `: ${value}`}${time === undefined ? '' : ` (${time})`}`;
}

const first = (texts: readonly (string | undefined)[]): string | undefined => texts.find((text) => text !== undefined);

/** Words for a text, a CodeableConcept, a Quantity or a Reference. */
function wordsOf(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return wordsOf(listOf(value)[0]);
  if (!isObject(value)) return undefined;
  const { text, display, value: amount, unit, code } = value;
  const coded = objectsOf(value['coding']).map((one) => one['display'] ?? one['code']);
  const plain = [text, display, ...coded].find((one) => typeof one === 'string');
  if (typeof plain === 'string') return plain;
  return amountOf(amount, unit ?? code);
}

function amountOf(amount: Json | undefined, unit: Json | undefined): string | undefined {
  if (amount === undefined || amount === null) return undefined;
  const number = typeof amount === 'object' && 'text' in amount ? amount['text'] : amount;
  return typeof number === 'object' ? undefined : `${number} ${typeof unit === 'string' ? unit : ''}`.trim();
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (one) => entities[one]!);
