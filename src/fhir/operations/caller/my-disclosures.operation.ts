import { Inject, Injectable } from '@nestjs/common';
import { OwnAudit } from '../../../scope/own-audit.js';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { CursorSeal } from '../../../r4/search/query/cursor.js';
import { openPage } from '../../interactions/search/open-page.js';
import { AuditReader, type EventPlace } from '../../storage/audit/audit-reader.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { csvHeader, csvOf } from './disclosures-csv.js';
import { type Operation, type OperationCall, type OperationDeclaration, TextAnswer } from '../operation.js';

const defaultCount = 50;
const mostCount = 200;
/** Events of a table. */
const mostOfTable = 10_000;

const declaration = {
  code: 'my-disclosures',
  level: ['system'],
  affectsState: false,
  answersText: 'text/csv',
  // The scope opens less than the type.
  access: 'own-audit',
  parameters: [
    { name: '_count', type: 'positiveInt', documentation: `Events of a page: 1 to ${mostCount}.` },
    { name: '_cursor', type: 'string', documentation: 'The place of a page, as the links of pages have it.' },
  ],
  returns: [
    { name: 'return', type: 'Bundle', min: 1, documentation: 'A collection of AuditEvents, with a next link.' },
  ],
  documentation:
    'Who saw or changed the record of the patient of the token, the newest first, as AuditEvents that hold what concerns ' +
    'that patient alone and that the caller may be told of. Needs the scope patient/AuditEvent.rs. _count: 1 to 200. All of them as a table: Accept: text/csv, or _format=csv.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;

/** `$my-disclosures`: who saw or changed the record of the token's patient, the newest first. */
@Injectable()
export class MyDisclosuresOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(
    private readonly audit: AuditReader,
    private readonly seal: CursorSeal,
    @Inject(FHIR_OPTIONS) private readonly options: FhirOptions,
  ) {}

  async run({ context, parameters, wantsText }: Call): Promise<object> {
    const own = OwnAudit.decide(context);
    if (wantsText) return this.table(context, own);
    const { _count: count = defaultCount, _cursor: cursor } = parameters;
    if (count > mostCount) throw invalid(`_count is a number from 1 to ${mostCount}.`);
    const address = `${this.options.base}/$my-disclosures?_count=${count}`;
    const bound = { query: `$my-disclosures?_count=${count}`, access: own.patient };
    const after = cursor === undefined ? undefined : placeIn(openPage(this.seal, cursor, bound).after);
    const found = await this.audit.for(context.caller).ofRecord(own, { most: count + 1, after });
    const page = found.slice(0, count);
    const last = page.at(-1);
    const next = found.length > count && last ? this.seal.seal({ after: textOf(last) }, bound) : undefined;
    return {
      resourceType: 'Bundle',
      type: 'collection',
      link: [
        { relation: 'self', url: cursor === undefined ? address : `${address}&_cursor=${cursor}` },
        ...(next === undefined ? [] : [{ relation: 'next', url: `${address}&_cursor=${next}` }]),
      ],
      ...(page.length > 0 && { entry: page.map(({ part }) => ({ resource: part })) }),
    };
  }

  /** All of them: a table has no pages. */
  private async table({ caller }: RequestContext, own: OwnAudit): Promise<TextAnswer> {
    const reader = this.audit.for(caller);
    let text = csvHeader;
    let after: EventPlace | undefined;
    for (let events = 0; ; events += mostCount) {
      if (events >= mostOfTable) throw invalid(`There are more than ${mostOfTable} events: ask for pages as JSON.`);
      const page = await reader.ofRecord(own, { most: mostCount, after });
      text += page.map(({ part }) => csvOf(part)).join('');
      if (page.length < mostCount) return new TextAnswer(text, 'text/csv');
      after = page.at(-1);
    }
  }
}

const textOf = ({ recorded, id }: EventPlace): string => JSON.stringify({ recorded, id });
const placeIn = (text = ''): EventPlace => JSON.parse(text) as EventPlace;

const invalid = (diagnostics: string): InvalidRequest => new InvalidRequest({ code: 'invalid', diagnostics });
