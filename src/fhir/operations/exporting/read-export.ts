import { InvalidRequest, type Issue } from '../../../r4/errors/fhir-error.js';
import { listed } from '../../../r4/errors/listed.js';
import { printable } from '../../../r4/errors/request-errors.js';
import { compartmentGroup } from '../../../r4/model/patient-compartment.js';
import { nearest } from '../../../r4/model/nearest.js';
import { parseReference } from '../../../r4/model/reference.js';
import { isResourceType, resourceTypes } from '../../../r4/model/resource-types.js';
import { type Subset, subsetOf } from '../../../r4/model/subset.js';
import { resultParameterNames } from '../../../r4/search/query/parse-result-parameters.js';
import type { LongCall } from '../jobs/long-operation.js';
import type { exportDeclaration } from './export-declaration.js';

export type ExportCall = LongCall<typeof exportDeclaration>;

/** Scope of an export: the whole system, the records of patients, or those of the members of a Group. */
export type ExportLevel = 'system' | 'patient' | 'group';

/** An export as it was asked for. */
export interface ExportRequest {
  readonly level: ExportLevel;
  readonly group?: string;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** Absent: all that the caller may. */
  readonly types?: readonly string[];
  /** Searches by type, of which any has to match. */
  readonly filters: ReadonlyMap<string, readonly URLSearchParams[]>;
  readonly elements?: Subset | undefined;
  /** References such as `Patient/p1`. */
  readonly patients?: readonly string[];
  /** Files have a block of each patient. */
  readonly isByPatient: boolean;
  readonly provenances?: 'relevant' | 'latest' | undefined;
  /** Parameters that were ignored. */
  readonly remarks: readonly Issue[];
}

const formats = ['application/fhir+ndjson', 'application/ndjson', 'ndjson'];
/** The type that files may be organized by. */
export const organizer = 'Patient';
const associated: ReadonlyMap<string, ExportRequest['provenances']> = new Map([
  ['LatestProvenanceResources', 'latest'],
  ['RelevantProvenanceResources', 'relevant'],
]);

const levelOf = ({ type }: Pick<ExportCall, 'type'>): ExportLevel =>
  type === undefined ? 'system' : type === 'Group' ? 'group' : 'patient';

/** Types that each level offers. */
const systemTypes: readonly string[] = [...resourceTypes].toSorted();
const recordTypes: readonly string[] = systemTypes.filter(
  (type) => compartmentGroup(type) === 'member' || type === 'Provenance',
);
export const offeredTypes: Readonly<Record<ExportLevel, readonly string[]>> = {
  system: systemTypes,
  patient: recordTypes,
  group: [...recordTypes, 'Group'].toSorted(),
};

/** Reads a call of `$export`; throws 400 with all that is wrong. With `Prefer: handling=lenient`, what is not offered is a remark. */
export const readExport = (call: ExportCall, base: string): ExportRequest => new ExportReader(call, base).read();

class ExportReader {
  private readonly wrong: Issue[] = [];
  private readonly remarks: Issue[];
  private readonly level: ExportLevel;

  constructor(
    private readonly call: ExportCall,
    private readonly base: string,
  ) {
    this.remarks = [...call.remarks];
    this.level = levelOf(call);
  }

  read(): ExportRequest {
    const { id, parameters } = this.call;
    const { _since: since, _until: until } = parameters;
    this.readFormat();
    this.readTimes();
    const types = this.readTypes();
    const request: ExportRequest = {
      level: this.level,
      ...(this.level === 'group' && id !== undefined && { group: id }),
      since,
      until,
      ...(types && { types }),
      filters: this.readFilters(types),
      elements: this.readElements(),
      ...this.readPatients(),
      isByPatient: this.readOrganization(),
      provenances: this.readAssociated(),
      remarks: this.remarks,
    };
    const [first, ...others] = this.wrong;
    if (first) throw new InvalidRequest(first, ...others);
    return request;
  }

  private refuse(name: string, code: string, diagnostics: string): void {
    this.wrong.push({ code, diagnostics, expression: [`Parameters.parameter.where(name='${name}')`] });
  }

  /** Unsupported parameters that a lenient caller's request had. */
  private notOffered(name: string, diagnostics: string): void {
    if (!this.call.isLenient) return this.refuse(name, 'not-supported', diagnostics);
    const expression = [`Parameters.parameter.where(name='${name}')`];
    this.remarks.push({
      severity: 'warning',
      code: 'not-supported',
      diagnostics: `${diagnostics} It was ignored.`,
      expression,
    });
  }

  private readFormat(): void {
    const { _outputFormat: format } = this.call.parameters;
    if (format === undefined || formats.includes(format)) return;
    this.notOffered(
      '_outputFormat',
      `_outputFormat=${printable(format)} is not offered. It takes ${listed(formats, 9)}.`,
    );
  }

  private readTimes(): void {
    const { _since: since, _until: until } = this.call.parameters;
    if (since !== undefined && Date.parse(since) > Date.now())
      this.refuse('_since', 'value', `_since is ${since}, which is in the future: nothing can have changed after it.`);
    if (since !== undefined && until !== undefined && Date.parse(since) >= Date.parse(until))
      this.refuse(
        '_until',
        'value',
        `_until is ${until}, which is not after _since: nothing can have changed between them.`,
      );
  }

  private readTypes(): readonly string[] | undefined {
    const { _type: named } = this.call.parameters;
    const asked = namesIn(named);
    const offered = offeredTypes[this.level];
    const known = [...new Set(asked)].filter((type) => {
      if (offered.includes(type)) return true;
      this.notOffered('_type', unknownType(type, offered));
      return false;
    });
    // Types that are all ignored are no wish for everything.
    return asked.length === 0 ? undefined : known;
  }

  private readFilters(types: readonly string[] | undefined): ReadonlyMap<string, readonly URLSearchParams[]> {
    const filters = new Map<string, URLSearchParams[]>();
    const offered = types ?? offeredTypes[this.level];
    const { _typeFilter: sent } = this.call.parameters;
    for (const text of sent.flatMap((one) => one.split(/,(?=[A-Z][A-Za-z]*\?)/))) {
      const [, type = '', query = ''] = /^([^?]*)\?(.*)$/s.exec(text) ?? [];
      const search = new URLSearchParams(query);
      const fault = faultOf(type, search, offered);
      if (fault === undefined) filters.set(type, [...(filters.get(type) ?? []), search]);
      else this.notOffered('_typeFilter', `_typeFilter=${printable(text)}: ${fault}`);
    }
    return filters;
  }

  private readElements(): Subset | undefined {
    const { _elements: sent } = this.call.parameters;
    const names = namesIn(sent);
    if (names.length === 0) return undefined;
    try {
      return subsetOf(new URLSearchParams({ _elements: names.join(',') }));
    } catch (error) {
      if (!(error instanceof InvalidRequest)) throw error;
      this.notOffered('_elements', error.message);
      return undefined;
    }
  }

  private readPatients(): { readonly patients?: readonly string[] } {
    const { patient } = this.call.parameters;
    if (patient.length === 0) return {};
    if (this.level === 'system') {
      this.notOffered('patient', 'The parameter patient is offered on Patient/$export and Group/[id]/$export.');
      return {};
    }
    const patients = patient.map(({ reference }) => {
      const found = typeof reference === 'string' ? parseReference(reference, this.base) : undefined;
      if (found?.type === 'Patient') return `Patient/${found.id}`;
      this.refuse('patient', 'value', 'The parameter patient takes references such as Patient/p1.');
      return '';
    });
    return { patients: [...new Set(patients)] };
  }

  private readOrganization(): boolean {
    const { organizeOutputBy: by } = this.call.parameters;
    if (by !== undefined && by !== organizer)
      this.notOffered(
        'organizeOutputBy',
        `organizeOutputBy=${printable(by)} is not offered. It takes ${organizer}; without it, files are by type.`,
      );
    return by === organizer;
  }

  private readAssociated(): ExportRequest['provenances'] {
    const found = namesIn(this.call.parameters.includeAssociatedData).map((name) => {
      const known = associated.get(name);
      if (known === undefined) {
        const fact = `includeAssociatedData=${printable(name)} is not offered.`;
        this.notOffered('includeAssociatedData', `${fact} It takes ${listed([...associated.keys()], 9)}.`);
      }
      return known;
    });
    return found.includes('relevant') ? 'relevant' : found.find((one) => one !== undefined);
  }
}

const namesIn = (values: readonly string[]): readonly string[] =>
  values.flatMap((value) => value.split(',').map((name) => name.trim()));

function unknownType(type: string, offered: readonly string[]): string {
  if (isResourceType(type)) return `_type=${type} is not in the records of patients. ${listed(offered, 200)} are.`;
  const meant = nearest(type, offered);
  const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return `_type=${printable(type)} is no resource type of R4.${hint} It takes ${listed(offered, 200)}.`;
}

/** Parts of a search that shape its answer. */
const ofAnswers: ReadonlySet<string> = new Set([
  ...resultParameterNames,
  '_cursor',
  '_contained',
  '_containedType',
  '_include',
  '_revinclude',
  '_score',
]);

function faultOf(type: string, search: URLSearchParams, offered: readonly string[]): string | undefined {
  if (!isResourceType(type)) return 'it takes searches such as Observation?status=final.';
  if (!offered.includes(type))
    return `${type} is not among the types that are exported. Name it in _type, or leave the filter out.`;
  if (search.size === 0) return `it has no criterion. Leave it out, or name one, such as ${type}?_lastUpdated=gt2020.`;
  const other = [...search.keys()].find((name) => ofAnswers.has(name.split(':')[0]!));
  return other === undefined ? undefined : `${printable(other)} shapes an answer, and is no criterion. Leave it out.`;
}
