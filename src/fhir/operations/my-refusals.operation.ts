import { Inject, Injectable } from '@nestjs/common';
import { FHIR_OPTIONS, type FhirOptions } from '../model/fhir-options.js';
import { isObject, type Json, type JsonObject } from '../model/json.js';
import { AuditReader } from '../storage/audit/audit-reader.js';
import type { Operation, OperationCall, OperationDeclaration } from './operation.js';

const most = 50;

/** `$my-refusals`: what the caller was refused lately, and why; never what others were. */
@Injectable()
export class MyRefusalsOperation implements Operation {
  readonly declaration: OperationDeclaration;

  constructor(
    private readonly audit: AuditReader,
    @Inject(FHIR_OPTIONS) { base }: FhirOptions,
  ) {
    this.declaration = {
      code: 'my-refusals',
      level: ['system'],
      affectsState: false,
      access: 'any-token',
      definition: `${base}/OperationDefinition/my-refusals`,
      documentation: `The last ${most} refusals of the same user and client: when, which request, which reasons.`,
    };
  }

  async run({ context: { principal } }: OperationCall): Promise<object> {
    const { issuer, subject, clientId } = principal;
    const caller = { issuer, subject, ...(clientId !== undefined && { clientId }) };
    const events = await this.audit.refusalsOf(caller, most);
    return { resourceType: 'Parameters', parameter: events.map(describe) };
  }
}

function describe(event: JsonObject): JsonObject {
  const entities = list(event['entity']);
  const line = entities.find(({ query }) => typeof query === 'string')?.['query'];
  const request = entities.map(({ what }) => what).find((what) => isObject(what) && isObject(what['identifier']));
  const identifier = isObject(request) ? request['identifier'] : undefined;
  const reasons = list(event['subtype']).filter(
    ({ system }) => typeof system === 'string' && system.endsWith('/CodeSystem/denial-reason'),
  );
  return {
    name: 'refusal',
    part: [
      { name: 'time', valueInstant: event['recorded']! },
      ...(isObject(identifier) ? [{ name: 'request-id', valueString: identifier['value']! }] : []),
      ...(typeof line === 'string' ? [{ name: 'request', valueString: Buffer.from(line, 'base64').toString() }] : []),
      ...reasons.map(({ system, code }) => ({ name: 'reason', valueCoding: { system: system!, code: code! } })),
      { name: 'explanation', valueString: event['outcomeDesc']! },
    ],
  };
}

const list = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? (value as readonly Json[]).filter(isObject) : [];
