import { type JsonObject, maximumDepth } from '../json/json.js';
import { documentPosition, ResourcePlace } from './resource-place.js';
import { XmlSource } from './xml-source.js';

/**
 * Reads a resource from FHIR XML (https://hl7.org/fhir/R4/xml.html) into what `parseJson` makes of its JSON form: digits of
 * decimals and the text of the narrative survive; comments and processing instructions are dropped. Anything that R4 does
 * not define, and any DTD, is refused with its place: throws {@link MalformedXml}.
 */
export function readXml(text: string, depthLimit = maximumDepth): JsonObject {
  const source = new XmlSource(text, depthLimit);
  let resource: JsonObject | undefined;
  source.parse(new ResourcePlace(source, documentPosition, (root) => (resource = root)));
  return resource!;
}
