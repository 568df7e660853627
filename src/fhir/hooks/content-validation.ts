import { Inject, Injectable } from '@nestjs/common';
import { FhirError, type Issue } from '../../r4/errors/fhir-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../fhir-options.js';
import { isObject, type JsonObject, writeJson } from '../../r4/json/json.js';
import { isLarge, LargeDocuments } from '../storage/indexing/large-documents.js';
import { Turns } from '../../r4/json/turns.js';
import { type Finding, findingIssue } from '../../r4/validation/finding.js';
import { hasErrors, validateResource } from '../../r4/validation/validate-resource.js';

/** 422: not valid R4. One issue for each finding, in the order of the document; warnings stay warnings. */
export class InvalidContent extends FhirError {
  readonly status = 422;
  constructor(findings: readonly Finding[]) {
    super(...findings.map(findingIssue));
  }
}

/** Checks content against R4 at the level of the setting VALIDATION (https://hl7.org/fhir/R4/validation.html). */
@Injectable()
export class ContentValidation {
  readonly #level: FhirOptions['validation'];
  readonly #turns = new Turns();

  constructor(
    @Inject(FHIR_OPTIONS) { validation }: FhirOptions,
    private readonly documents: LargeDocuments,
  ) {
    this.#level = validation;
  }

  /** The warnings about the content. Throws {@link InvalidContent} when there is an error. */
  async check(resource: JsonObject): Promise<readonly Issue[]> {
    const findings = await this.findings(resource);
    if (hasErrors(findings)) throw new InvalidContent(findings);
    return findings.map(findingIssue);
  }

  async findings(resource: JsonObject): Promise<readonly Finding[]> {
    // A bundle is checked entry by entry.
    await this.#turns.next();
    const content = withServerValues(resource);
    if (!isLarge(content)) return validateResource(content, { level: this.#level });
    const task = { text: writeJson(content), level: this.#level };
    // The text is copied to the thread at once.
    await this.#turns.next();
    return (await this.documents.run('validate', task)) as readonly Finding[];
  }
}

/** Id and version are the server's to set (https://hl7.org/fhir/R4/http.html#create): whatever text is sent will do. */
function withServerValues(resource: JsonObject): JsonObject {
  const { id, meta } = resource;
  if (typeof id !== 'string' && !isObject(meta)) return resource;
  return {
    ...resource,
    ...(typeof id === 'string' && { id: 'id' }),
    ...(isObject(meta) && { meta: withVersion(meta) }),
  };
}

function withVersion(meta: JsonObject): JsonObject {
  const { versionId, lastUpdated } = meta;
  return {
    ...meta,
    ...(typeof versionId === 'string' && { versionId: '1' }),
    ...(typeof lastUpdated === 'string' && { lastUpdated: '2000-01-01T00:00:00Z' }),
  };
}
