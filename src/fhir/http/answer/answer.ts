import type { Readable } from 'node:stream';
import { entityTag } from '../../../r4/rest/entity-tag.js';
import type { FhirOptions } from '../../fhir-options.js';
import { AnswerBudget } from '../../interactions/answer-budget.js';
import { type RepeatedCreate, taggedAs, type WriteSummary } from '../../interactions/write-summary.js';
import { outcomeOf } from '../../interactions/write-outcome.js';
import type { PreferredReturn } from '../../../r4/rest/prefer.js';
import type { StoredVersion } from '../../storage/reading/stored-version.js';
import { isUnchanged } from '../../../r4/rest/conditional-read.js';
import { pageHeaders } from './answer-page.js';
import { readConditions } from './conditional-read.js';
import type { FhirRequest } from '../fhir-request.js';
import { httpDate } from './http-date.js';
import type { Rendered } from './render.js';

/** Caches keep one answer for each form of it, and for each origin (see cross-origin.ts). */
export const varyOfFhir = 'Origin, Accept';

/** Answer of a handler. The interceptor adds the requested form and the HTTP headers. */
export interface FhirAnswer {
  /** 200 where it is not said. */
  readonly status?: number;
  /** FHIR JSON; by default it goes out as it is: stored text is not parsed then (docs/adr/0003). */
  readonly json?: string;
  /** Text for people, instead. */
  readonly text?: string;
  /** `text/plain` unless said. */
  readonly textType?: string;
  /** Bytes with headers of their own, instead. */
  readonly bytes?: Readable;
  /** Version that the answer is about: ETag and Last-Modified (https://hl7.org/fhir/R4/http.html#versions). */
  readonly version?: Versioned;
  /** The version was read: 304 answers a client that has it (https://hl7.org/fhir/R4/http.html#cread). */
  readonly isRead?: true;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Versioned = Pick<StoredVersion, 'versionId' | 'lastUpdated' | 'mask'>;

/** Bytes of an answer that has to be parsed again to be written, because that happens in one go. */
const mostRendered = 2_097_152;

/** Bytes that an answer may have in the form that it is asked for in. */
export const responseLimitOf = ({ representation }: FhirRequest, { responseLimit }: FhirOptions): number =>
  representation ? Math.min(mostRendered, responseLimit) : responseLimit;

/** Budget of an answer to a whole request. */
export const budgetOf = (request: FhirRequest, options: FhirOptions): AnswerBudget =>
  new AnswerBudget({ responseLimit: responseLimitOf(request, options), statementTimeout: options.statementTimeout });

export const fhirHeaders = ({ contentType, warning, isPage }: Omit<Rendered, 'text'>) => ({
  'content-type': contentType,
  'cache-control': 'private, no-cache',
  vary: varyOfFhir,
  ...(warning !== undefined && { warning }),
  ...(isPage && pageHeaders),
});

/** A version as a read answers it. */
export const versionAnswer = (version: StoredVersion): FhirAnswer => ({ version, isRead: true, json: version.body });

/** True if the client has the version: the answer is 304. */
export const hasVersion = ({ headers }: FhirRequest, version: Versioned): boolean =>
  isUnchanged(readConditions(headers), version);

/** 201 or 200 after a write, with the body that the caller wants and may have. */
export function writtenAnswer(base: string, written: WriteSummary, json: string | undefined): FhirAnswer {
  const { type, id, versionId, created, isMatch } = written;
  return {
    status: created ? 201 : 200,
    version: written,
    ...(json !== undefined && { json }),
    ...((created || isMatch) && { headers: { location: `${base}/${type}/${id}/_history/${versionId}` } }),
  };
}

/**
 * Answers a create that wrote nothing now. A resource that a condition found is told only to a caller who may read it;
 * one that the caller wrote before is told again.
 */
export function repeatedAnswer(
  base: string,
  { told, version }: RepeatedCreate,
  preferred: PreferredReturn | undefined,
): FhirAnswer {
  if (told.isMatch && !version) return {};
  const outcome = (): string => JSON.stringify(outcomeOf(told));
  const body = preferred === 'minimal' ? undefined : preferred === 'OperationOutcome' ? outcome() : version?.body;
  return writtenAnswer(base, taggedAs(told, version), body);
}

type Headers = Readonly<Record<string, string>>;

/** Headers that tell the version of an answer. */
export const versionHeaders = (version: Versioned): Headers => ({
  etag: entityTag(version),
  'last-modified': httpDate(version.lastUpdated),
});
