import { parseCanonical } from './canonical.js';
import { readValueSet, type ValueSet } from './value-set.js';

type Include = Readonly<Record<string, unknown>>;

/** The value sets that code systems define by their urls alone; undefined: the url is none. */
export function implicitValueSet(canonical: string): ValueSet | undefined {
  const { url } = parseCanonical(canonical);
  const include = ofSnomed(url) ?? ofLoinc(url);
  return include && readValueSet({ resourceType: 'ValueSet', url, status: 'active', compose: { include: [include] } });
}

const filter = (op: string, value: string) => ({ filter: [{ property: 'concept', op, value }] });

/** https://hl7.org/fhir/R4/snomedct.html#implicit; `ecl` is not read. */
function ofSnomed(url: string): Include | undefined {
  const found = /^(http:\/\/snomed\.info\/sct(?:\/\d+(?:\/version\/\d+)?)?)\?fhir_vs(?:=(isa|refset)\/(\d+))?$/.exec(
    url,
  );
  if (!found) return undefined;
  const [, edition = '', kind, id = ''] = found;
  const system = 'http://snomed.info/sct';
  const version = edition === system ? {} : { version: edition };
  if (kind === undefined) return { system, ...version };
  return { system, ...version, ...filter(kind === 'isa' ? 'is-a' : 'in', id) };
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
