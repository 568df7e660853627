import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { FhirError, type Issue } from '../model/fhir-error.js';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import { isObject, type JsonObject } from '../model/json.js';
import { type Finding, findingIssue } from '../validation/finding.js';
import { hasErrors, validateResource } from '../validation/validate-resource.js';

/** 422: not valid R4. One issue for each finding, in the order of the document; warnings stay warnings. */
export class InvalidContent extends FhirError {
  readonly status = 422;
  constructor(findings: readonly Finding[]) {
    super(...findings.map(findingIssue));
  }
}

/** Milliseconds of work after which other requests get their turn. */
const longestTurn = 10;

/** Checks content against R4 at the level of the setting VALIDATION (https://hl7.org/fhir/R4/validation.html). */
@Injectable()
export class ContentValidation {
  readonly #level: FhirOptions['validation'];
  #turnBegan = 0;

  constructor(@Inject(FHIR_OPTIONS) { validation }: FhirOptions) {
    this.#level = validation;
  }

  /** The warnings about the content. Throws {@link InvalidContent} when there is an error. */
  async check(resource: JsonObject): Promise<readonly Issue[]> {
    const findings = await this.findings(resource);
    if (hasErrors(findings)) throw new InvalidContent(findings);
    return findings.map(findingIssue);
  }

  async findings(resource: JsonObject): Promise<readonly Finding[]> {
    await this.#giveWay();
    return validateResource(withServerValues(resource), { level: this.#level });
  }

  /** A transaction is checked entry by entry; nothing else of it lets others in between. */
  async #giveWay(): Promise<void> {
    if (performance.now() - this.#turnBegan < longestTurn) return;
    await setImmediate();
    this.#turnBegan = performance.now();
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
