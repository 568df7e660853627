import { Injectable } from '@nestjs/common';
import { type JsonObject, writeJson } from '../../../r4/json/json.js';
import { readStored } from '../../../r4/json/stored-json.js';
import { inTurns } from '../../../r4/json/turns.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { SearchHooks } from '../../hooks/search-hooks.js';
import { SearchInteraction } from '../../interactions/search/search.interaction.js';
import { searchRows } from '../../interactions/search/search-rows.js';
import { Terminology } from '../../interactions/terminology/terminology.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import type { LinkedVersion } from '../../storage/searching/linked-version.js';
import { JsonAnswer, type Operation, type OperationCall, type OperationDeclaration } from '../operation.js';
import { documentText, madeResource, type MadeResource } from './document-bundle.js';
import { besides } from './document-rows.js';
import { lineOf, listText, sectionText } from './section-text.js';
import { type SummarySection, summarySections } from './summary-sections.js';

/** Resources that a section has of one search: the newest, where it has an order. */
const mostOfSearch = 100;
const profiles = 'http://hl7.org/fhir/uv/ips/StructureDefinition';

const declaration = {
  code: 'summary',
  level: ['instance'],
  types: ['Patient'],
  affectsState: false,
  access: [{ permission: 'r' }],
  also: 'any',
  target: true,
  returns: [{ name: 'return', type: 'Bundle', min: 1, documentation: 'An International Patient Summary.' }],
  definition: 'http://hl7.org/fhir/uv/ips/OperationDefinition/summary',
  documentation:
    'The International Patient Summary of a patient, as a document of what the token can read. Problems, allergies and medications are always ' +
    'there: without entries they say that there is no information, or that it is withheld from the token.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;
type Row = Pick<LinkedVersion, 'type' | 'id' | 'body'>;

/** A section, and what it refers to. */
interface Written {
  readonly section: object;
  readonly entries: readonly (Row | MadeResource)[];
}

/** `Patient/{id}/$summary` (http://hl7.org/fhir/uv/ips/OperationDefinition/summary, ADR 81). */
@Injectable()
export class SummaryOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(
    private readonly searches: SearchInteraction,
    readonly hooks: SearchHooks,
    readonly terminology: Terminology,
    readonly resources: ResourceRepository,
  ) {}

  async run(call: Call): Promise<object> {
    const { context, budget, id = '', target } = call;
    const { base } = this.searches.options;
    const patient = { type: 'Patient', id, body: writeJson(target) };
    const written: Written[] = [];
    for (const section of summarySections) {
      const found = await this.write(call, section);
      if (found) written.push(found);
    }
    const entries = distinct(written.flatMap((one) => one.entries));
    const rows = entries.filter((one): one is Row => 'type' in one);
    const parameters = this.searches.parameters;
    const more = await besides(this, [patient, ...rows], { context, budget, base, parameters });
    const author = madeResource({
      resourceType: 'Device',
      deviceName: [{ name: 'Lanyard', type: 'user-friendly-name' }],
    });
    const composition = madeResource(compositionOf(id, author, written));
    const document = [composition, patient, ...entries, author, ...more];
    return new JsonAnswer(documentText(base, document, `${profiles}/Bundle-uv-ips`));
  }

  /** Undefined for a section without content that a summary may do without. */
  private async write(call: Call, section: SummarySection): Promise<Written | undefined> {
    const { context, budget, id = '' } = call;
    const rows: LinkedVersion[] = [];
    let hasMore = false;
    const reached = section.searches.filter(({ type }) => reaches(context, type));
    for (const { type, query } of reached) {
      const asked = { type, query: `patient=Patient/${id}&${query}` };
      const found = await searchRows(this, this.searches, asked, { context, budget, most: mostOfSearch });
      rows.push(...found.rows);
      hasMore ||= found.hasMore;
    }
    if (rows.length === 0) return withoutRows(section, id, reached.length < section.searches.length);
    const remark = hasMore ? `There are more; these are ${mostOfSearch} of each kind at most.` : undefined;
    const lines = await inTurns(rows, async ({ body }) => lineOf(await readStored(body)));
    const text = listText(lines, remark);
    const entry = rows.map(({ type, id: one }) => ({ reference: `${type}/${one}` }));
    return { section: { ...headOf(section), text, entry }, entries: rows };
  }
}

const reaches = (context: RequestContext, type: string): boolean => context.may(type, 's') && context.may(type, 'r');

const headOf = ({ title, code, display }: SummarySection): object => ({
  title,
  code: { coding: [{ system: 'http://loinc.org', code, display }] },
});

/** Nothing that the caller may see is no sign that there is nothing: it is no information, or it is withheld. */
function withoutRows(section: SummarySection, patient: string, isWithheld: boolean): Written | undefined {
  if (!section.absent) return undefined;
  if (isWithheld) {
    const system = 'http://terminology.hl7.org/CodeSystem/list-empty-reason';
    const emptyReason = { coding: [{ system, code: 'withheld', display: 'Information Withheld' }] };
    const text = sectionText([], 'The token of this request does not permit to read all of this.');
    return { section: { ...headOf(section), text, emptyReason }, entries: [] };
  }
  const made = section.absent({ reference: `Patient/${patient}` });
  const absent = madeResource(made);
  const text = sectionText([made as JsonObject]);
  return { section: { ...headOf(section), text, entry: [{ reference: absent.fullUrl }] }, entries: [absent] };
}

const compositionOf = (patient: string, author: MadeResource, written: readonly Written[]): object => ({
  resourceType: 'Composition',
  meta: { profile: [`${profiles}/Composition-uv-ips`] },
  text: sectionText([], 'Patient summary, made of what is stored and of what its reader may see.'),
  status: 'final',
  type: { coding: [{ system: 'http://loinc.org', code: '60591-5', display: 'Patient summary Document' }] },
  subject: { reference: `Patient/${patient}` },
  date: new Date().toISOString(),
  author: [{ reference: author.fullUrl }],
  title: 'International Patient Summary',
  section: written.map(({ section }) => section),
});

const distinct = (entries: readonly (Row | MadeResource)[]): readonly (Row | MadeResource)[] => [
  ...new Map(entries.map((one) => ['type' in one ? `${one.type}/${one.id}` : one.fullUrl, one])).values(),
];
