import { type JsonObject, parseJson, writeJson } from '../model/json.js';
import { writeXml } from '../xml/write-xml.js';
import type { Representation } from './representation.js';

export const fhirJson = 'application/fhir+json; charset=utf-8';
const fhirXml = 'application/fhir+xml; charset=utf-8';

/** The text of an answer and its Content-Type. */
export interface Rendered {
  readonly text: string;
  readonly contentType: string;
}

/** Bundles nest deeper than what they hold, whose depth was limited when it came in. */
const anyDepth = Number.POSITIVE_INFINITY;

/** Puts FHIR JSON into the form that was asked for; throws {@link NotRepresentableInXml}. */
export function render(body: string, representation: Representation | undefined): Rendered {
  if (!representation) return { text: body, contentType: fhirJson };
  const { format, pretty } = representation;
  const resource = parseJson(body, anyDepth) as JsonObject;
  return format === 'xml'
    ? { text: writeXml(resource, pretty), contentType: fhirXml }
    : { text: writeJson(resource, pretty), contentType: fhirJson };
}

/** The same for errors, which go out in any case: as JSON where XML has no form for their text. */
export function renderError(outcome: object, representation: Representation | undefined): Rendered {
  const body = JSON.stringify(outcome);
  try {
    return render(body, representation);
  } catch {
    return { text: body, contentType: fhirJson };
  }
}
