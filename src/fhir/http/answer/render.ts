import { type Json, type JsonObject, parseJson, writeJson } from '../../../r4/json/json.js';
import { operationOutcome } from '../../../r4/errors/operation-outcome.js';
import { type Replacement, writeXml } from '../../../r4/xml/write-xml.js';
import { answerPage, htmlType, type PagePlace } from './answer-page.js';
import type { Representation } from './representation.js';

export const fhirJson = 'application/fhir+json; charset=utf-8';
const fhirXml = 'application/fhir+xml; charset=utf-8';

/** The text of an answer and its Content-Type. */
export interface Rendered {
  readonly text: string;
  readonly contentType: string;
  /** Header `Warning`: what could not be written as it is stored. */
  readonly warning?: string;
  /** A page of ours, which its own headers protect. */
  readonly isPage?: true;
}

/** Bundles nest deeper than what they hold, whose depth was limited when it came in. */
const anyDepth = Number.POSITIVE_INFINITY;

/** Puts FHIR JSON into the form that was asked for; throws {@link NotRepresentableInXml}. */
export function render(body: string, representation: Representation | undefined): Rendered {
  if (!representation) return { text: body, contentType: fhirJson };
  if (representation.format === 'html') return pageOfAnswer(body, representation.place);
  const { format, pretty } = representation;
  const resource = parseJson(body, anyDepth) as JsonObject;
  return format === 'xml' ? renderXml(resource, pretty) : { text: writeJson(resource, pretty), contentType: fhirJson };
}

const pageOfAnswer = (body: string, place: PagePlace): Rendered => ({
  text: answerPage(body, place),
  contentType: htmlType,
  isPage: true,
});

/** The client is told what XML cannot hold: by a header, and where FHIR has a place for it, in an outcome entry (ADR 51). */
function renderXml(resource: JsonObject, pretty: boolean): Rendered {
  const replaced: Replacement[] = [];
  const text = writeXml(resource, pretty, replaced);
  if (replaced.length === 0) return { text, contentType: fhirXml };
  const { entry, type } = resource;
  const told =
    type === 'searchset' && Array.isArray(entry)
      ? writeXml({ ...resource, entry: [...(entry as readonly Json[]), outcomeEntry(replaced)] }, pretty)
      : text;
  return { text: told, contentType: fhirXml, warning: warningOf(replaced) };
}

const mostTold = 20;
const cure = 'Ask for application/fhir+json to get it as it is stored.';

function outcomeEntry(replaced: readonly Replacement[]): JsonObject {
  const shown = replaced.slice(0, mostTold).map(({ expression, fact }) => ({
    severity: 'warning' as const,
    code: 'not-supported',
    diagnostics: `${expression} ${fact}. ${cure}`,
    expression: [expression],
  }));
  const more = replaced.length - shown.length;
  const rest = { severity: 'warning' as const, code: 'not-supported', diagnostics: `${more} more texts. ${cure}` };
  const resource = operationOutcome(more > 0 ? [...shown, rest] : shown) as unknown as JsonObject;
  return { resource, search: { mode: 'outcome' } };
}

/** 214: Transformation Applied (RFC 7234 section 5.5.6); RFC 9111 keeps the field in its registry. */
function warningOf(replaced: readonly Replacement[]): string {
  const { expression } = replaced[0]!;
  const others = replaced.length === 1 ? '' : ` and at ${replaced.length - 1} more places`;
  return `214 - "XML cannot hold the text at ${expression}${others}. ${cure}"`;
}

/** Renders an error, which goes out in any case: as JSON if XML has no form for it. */
export function renderError(outcome: object, representation: Representation | undefined): Rendered {
  const body = JSON.stringify(outcome);
  try {
    return render(body, representation);
  } catch {
    return { text: body, contentType: fhirJson };
  }
}
