import { asResource } from '../../interactions/parse-resource.js';
import { isObject, type Json, type JsonObject } from '../../../r4/json/json.js';
import { NotThisResource } from '../../../r4/errors/request-errors.js';
import { decodeUtf8 } from '../body/body-bytes.js';
import { formatOfType } from '../answer/formats.js';
import type { BodyReader } from '../body/read-body.js';

const isFhir = (contentType: string): boolean => /^\s*application\/fhir\+/i.test(contentType);
/**
 * A body that came as JSON or XML, if it is a Binary; any other is content, even a FHIR resource
 * (https://hl7.org/fhir/R4/binary.html#rest). Throws 400 for what is called FHIR and is none, or is a broken Binary.
 */
export async function readBinary(
  bytes: Buffer,
  contentType: string,
  bodies: Pick<BodyReader, 'text'>,
): Promise<JsonObject | undefined> {
  const text = decodeUtf8(bytes);
  const isXml = formatOfType(contentType) === 'xml';
  const read = (sent: string): Promise<Json> => bodies.text(sent, contentType);
  if (isFhir(contentType)) {
    const document = await read(text ?? refuse('The body is not UTF-8 text.'));
    if (typeOf(document) === undefined) refuse('The body has no resourceType.');
    return asBinary(document);
  }
  // Other text is not even parsed.
  return text !== undefined && (isXml ? isBinaryXml(text) : namesBinary.test(text))
    ? asBinary(await read(text))
    : undefined;
}

const namesBinary = /"resourceType"\s*:\s*"Binary"/;

/** True if the first element is a Binary, of whatever namespace; in one pass over any text. */
function isBinaryXml(text: string): boolean {
  let start = text.indexOf('<');
  while (start !== -1 && (text.startsWith('<!--', start) || text.startsWith('<?', start))) {
    const end = text.indexOf(text[start + 1] === '?' ? '?>' : '-->', start);
    if (end === -1) return false;
    start = text.indexOf('<', end);
  }
  return start !== -1 && /^<(?:[\w-]+:)?Binary[\s/>]/.test(text.slice(start, start + 80));
}

const asBinary = (document: Json): JsonObject | undefined =>
  typeOf(document) === 'Binary' ? asResource(document, 'Binary') : undefined;

function typeOf(document: Json): string | undefined {
  const type = isObject(document) ? document['resourceType'] : undefined;
  return typeof type === 'string' ? type : undefined;
}

function refuse(fact: string): never {
  throw new NotThisResource(`${fact} Send content that is no FHIR resource with its own Content-Type.`);
}
