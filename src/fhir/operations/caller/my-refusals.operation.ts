import { objectsOf, textOf } from '../../../r4/json/items.js';
import { Injectable } from '@nestjs/common';
import { type ReasonCode, reasons } from '../../../refusal/reasons.js';
import { isObject, type JsonObject } from '../../../r4/json/json.js';
import { AuditReader } from '../../storage/audit/audit-reader.js';
import { type Operation, type OperationCall, type OperationDeclaration, TextAnswer } from '../operation.js';

const most = 50;

const declaration = {
  code: 'my-refusals',
  level: ['system'],
  affectsState: false,
  access: 'any-token',
  answersText: true,
  returns: [
    {
      name: 'refusal',
      max: '*',
      documentation: 'One refusal; the newest first.',
      part: [
        { name: 'time', type: 'instant', min: 1, documentation: 'When it was refused.' },
        { name: 'request-id', type: 'string', documentation: 'The X-Request-Id of the answer.' },
        { name: 'request', type: 'string', documentation: 'Method and address.' },
        { name: 'reason', type: 'Coding', max: '*', documentation: 'A code of CodeSystem/denial-reason.' },
        { name: 'explanation', type: 'string', documentation: 'What was found.' },
      ],
    },
  ],
  documentation: `The last ${most} refusals of the same user and client: when, which request, which reasons. JSON, XML or text/plain.`,
} as const satisfies OperationDeclaration;

/** `$my-refusals`: what the caller was refused lately, and why; never what others were. */
@Injectable()
export class MyRefusalsOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(private readonly audit: AuditReader) {}

  async run({ context, wantsText }: OperationCall<typeof declaration>): Promise<object> {
    const { issuer, subject, clientId } = context.principal;
    const caller = { issuer, subject, ...(clientId !== undefined && { clientId }) };
    const events = await this.audit.for(context.caller).refusalsOf(caller, most);
    const refusals = events.map(factsOf);
    return wantsText
      ? new TextAnswer(refusalsText(refusals))
      : { resourceType: 'Parameters', parameter: refusals.map(describe) };
  }
}

const isReason = (code: string): code is ReasonCode => Object.hasOwn(reasons, code);

interface RefusalFacts {
  readonly time: string;
  readonly requestId?: string;
  readonly request?: string;
  readonly reasons: readonly { readonly system: string; readonly code: string }[];
  readonly explanation: string;
}

function factsOf(event: JsonObject): RefusalFacts {
  const entities = objectsOf(event['entity']);
  const line = entities.find(({ query }) => typeof query === 'string')?.['query'];
  const request = entities.map(({ what }) => what).find((what) => isObject(what) && isObject(what['identifier']));
  const identifier = isObject(request) ? request['identifier'] : undefined;
  return {
    time: textOf(event['recorded']),
    ...(isObject(identifier) && { requestId: textOf(identifier['value']) }),
    ...(typeof line === 'string' && { request: Buffer.from(line, 'base64').toString() }),
    reasons: objectsOf(event['subtype'])
      .map(({ system, code }) => ({ system: textOf(system), code: textOf(code) }))
      .filter(({ system }) => system.endsWith('/CodeSystem/denial-reason')),
    explanation: textOf(event['outcomeDesc']),
  };
}

const describe = ({ time, requestId, request, reasons: codes, explanation }: RefusalFacts): JsonObject => ({
  name: 'refusal',
  part: [
    { name: 'time', valueInstant: time },
    ...(requestId === undefined ? [] : [{ name: 'request-id', valueString: requestId }]),
    ...(request === undefined ? [] : [{ name: 'request', valueString: request }]),
    ...codes.map((valueCoding) => ({ name: 'reason', valueCoding })),
    { name: 'explanation', valueString: explanation },
  ],
});

/** For people: newest first, each with what was found and the usual cure of each reason. */
function refusalsText(refusals: readonly RefusalFacts[]): string {
  const title = `The last ${most} requests of this user and client that were refused, newest first`;
  if (refusals.length === 0) return `${title}\n\n  none\n`;
  const lines = refusals.flatMap(({ time, requestId, request, reasons: codes, explanation }) => [
    '',
    `✘ ${time}  ${request ?? 'a request'}${requestId === undefined ? '' : `  (request ${requestId})`}`,
    ...explanation.split('\n').map((line) => `    ${line}`),
    ...codes.flatMap(({ code }) => (isReason(code) ? [`  → ${code}: ${reasons[code].cure}`] : [])),
  ]);
  return [title, ...lines, ''].map((line) => line.replace(/\p{C}/gu, '?')).join('\n');
}
