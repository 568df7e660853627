import { parseCanonical } from '../canonical.js';
import { hasMembers } from '../filters/select-concepts.js';
import { readValueSet, type ValueSet } from './value-set.js';

type Include = Readonly<Record<string, unknown>>;

/** The value sets that code systems define by their urls alone; undefined: the url is none. */
export function implicitValueSet(canonical: string): ValueSet | undefined {
  const byEcl = ofEcl(canonical);
  // "|" stands before terms there, and before no version.
  const url = byEcl ? canonical : parseCanonical(canonical).url;
  const include = byEcl ?? ofSnomed(url) ?? ofLoinc(url);
  return include && readValueSet({ resourceType: 'ValueSet', url, status: 'active', compose: { include: [include] } });
}

const filter = (op: string, value: string) => ({ filter: [{ property: 'concept', op, value }] });

const sct = 'http://snomed.info/sct';
const edition = String.raw`^(http:\/\/snomed\.info\/sct(?:\/\d+(?:\/version\/\d+)?)?)\?fhir_vs`;
const byHierarchy = new RegExp(`${edition}(?:=(isa|refset)\\/(\\d+)|=(refset))?$`);
const byExpression = new RegExp(`${edition}=ecl\\/(.*)$`, 's');

const ofEdition = (uri = '') => ({ system: sct, ...(uri !== sct && { version: uri }) });

/** https://hl7.org/fhir/R4/snomedct.html#implicit */
function ofSnomed(url: string): Include | undefined {
  const found = byHierarchy.exec(url);
  if (!found) return undefined;
  const [, uri, kind, id = '', sets] = found;
  if (sets !== undefined) return { ...ofEdition(uri), filter: [{ property: hasMembers, op: 'exists', value: 'true' }] };
  if (kind === undefined) return ofEdition(uri);
  return { ...ofEdition(uri), ...filter(kind === 'isa' ? 'is-a' : 'in', id) };
}

/** An expression constraint, percent-encoded or as it is (https://hl7.org/fhir/R4/snomedct.html#implicit). */
function ofEcl(url: string): Include | undefined {
  const found = byExpression.exec(url);
  if (!found) return undefined;
  const [, uri, text = ''] = found;
  return { ...ofEdition(uri), filter: [{ property: 'constraint', op: '=', value: decoded(text) }] };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** https://hl7.org/fhir/R4/loinc.html#implicit */
function ofLoinc(url: string): Include | undefined {
  const found = /^http:\/\/loinc\.org\/vs(?:\/(L[LP]\d+-\d))?$/.exec(url);
  if (!found) return undefined;
  const system = 'http://loinc.org';
  const [, id] = found;
  if (id === undefined) return { system };
  return { system, ...filter(id.startsWith('LL') ? 'in' : 'descendent-of', id) };
}
