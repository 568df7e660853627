import { isObject, type JsonObject } from '../../../r4/json/json.js';
import { objectsOf, textOf } from '../../../r4/json/items.js';

const header = ['recorded', 'event', 'outcome', 'who', 'app', 'purpose', 'resources'];

/** A cell that no spreadsheet takes for a formula (OWASP, CSV injection). */
export function csvCell(text: string): string {
  const plain = /^[\s]*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${plain.replaceAll('"', '""')}"`;
}

const csvLine = (cells: readonly string[]): string => `${cells.map(csvCell).join(',')}\r\n`;

export const csvHeader = csvLine(header);

/** One AuditEvent, as `$my-disclosures` has it, as a line (RFC 4180). */
export function csvOf(event: JsonObject): string {
  const agents = objectsOf(event['agent']);
  const of = (part: string): string => whoIs(agents.find(({ altId }) => altId === part));
  const [subtype] = objectsOf(event['subtype']);
  const purposes = objectsOf(event['purposeOfEvent']).flatMap(({ coding, text }) => [
    ...objectsOf(coding).map(({ code }) => textOf(code)),
    textOf(text),
  ]);
  const resources = objectsOf(event['entity']).map(({ what }) => (isObject(what) ? textOf(what['reference']) : ''));
  return csvLine([
    textOf(event['recorded']),
    textOf(subtype?.['code']),
    textOf(event['outcome']),
    of('user'),
    of('client'),
    joined(purposes),
    joined(resources),
  ]);
}

const joined = (texts: readonly string[]): string => texts.filter((one) => one !== '').join(' ');

function whoIs(agent: JsonObject | undefined): string {
  const who = agent?.['who'];
  if (!isObject(who)) return textOf(agent?.['name']);
  const { identifier } = who;
  const named = isObject(identifier) ? textOf(identifier['value']) : '';
  return joined([textOf(who['reference']), named]) || textOf(who['display']);
}
