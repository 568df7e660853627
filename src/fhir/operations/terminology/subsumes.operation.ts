import { Injectable } from '@nestjs/common';
import type { JsonObject } from '../../../r4/json/json.js';
import { CannotExpand } from '../../../r4/terminology/cannot-expand.js';
import type { CodeSystem } from '../../../r4/terminology/code-systems/code-system.js';
import { requireSubsumption } from '../../../r4/terminology/filters/filter-concepts.js';
import type { Operation, OperationCall, OperationDeclaration } from '../operation.js';
import { UnknownCode } from './lookup.operation.js';
import {
  answering,
  IncompleteQuestion,
  oneSystem,
  oneVersion,
  requireCodeSystem,
  requireOneOf,
  TerminologyQuestions,
} from './terminology-questions.js';

const declaration = {
  code: 'subsumes',
  level: ['type', 'instance'],
  types: ['CodeSystem'],
  affectsState: false,
  access: [{ permission: 'r', type: 'CodeSystem' }],
  parameters: [
    { name: 'codeA', type: 'code', documentation: 'One code, of `system`.' },
    { name: 'codeB', type: 'code', documentation: 'The other code, of `system`.' },
    { name: 'system', type: 'uri', documentation: 'Their code system.' },
    { name: 'version', type: 'string', documentation: 'Version of that.' },
    { name: 'codingA', type: 'Coding', token: true, documentation: 'One code with its system.' },
    { name: 'codingB', type: 'Coding', token: true, documentation: 'The other code with its system.' },
  ],
  returns: [
    {
      name: 'outcome',
      type: 'code',
      min: 1,
      documentation: 'equivalent, subsumes (A is above B), subsumed-by (B is above A) or not-subsumed.',
    },
  ],
  definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-subsumes',
  documentation: 'Whether one code of a code system is a kind of another one.',
} as const satisfies OperationDeclaration;

type Call = OperationCall<typeof declaration>;

/** https://hl7.org/fhir/R4/codesystem-operation-subsumes.html */
@Injectable()
export class SubsumesOperation implements Operation<typeof declaration> {
  readonly declaration = declaration;

  constructor(private readonly questions: TerminologyQuestions) {}

  async run({ context, id, parameters }: Call): Promise<object> {
    const { codeA, codeB, codingA, codingB, version } = parameters;
    requireOneOf(parameters, 'codeA', 'codingA');
    requireOneOf(parameters, 'codeB', 'codingB');
    const [a, b] = [codeA ?? textIn(codingA, 'code'), codeB ?? textIn(codingB, 'code')];
    if (a === undefined || b === undefined)
      throw new IncompleteQuestion(
        'The call names no two codes: send "codeA" and "codeB", or "codingA" and "codingB".',
      );
    const url = systemOf(id, parameters);
    const question = this.questions.open(context);
    const versions = [version, codingA?.['version'], codingB?.['version']];
    const naming = { type: 'CodeSystem', id, url, version: oneVersion(...versions) } as const;
    return answering(async () => {
      const [, found] = await requireCodeSystem(question, naming, { codes: [a, b] });
      requireSubsumption(found);
      const outcome = await compare(found, a, b);
      return { resourceType: 'Parameters', parameter: [{ name: 'outcome', valueCode: outcome }] };
    });
  }
}

/** The code system of both codes. Throws 400 for two, and where a code has none on a call that is on none. */
function systemOf(id: string | undefined, { system, codingA, codingB }: Call['parameters']): string | undefined {
  const own = [textIn(codingA, 'system'), textIn(codingB, 'system')];
  const url = oneSystem(system, ...own);
  if (id === undefined && system === undefined && own.includes(undefined))
    throw new IncompleteQuestion(
      'The call does not say of which code system both codes are: send "system", or both codes as "codingA" and "codingB".',
    );
  return url;
}

async function compare(system: CodeSystem, a: string, b: string): Promise<string> {
  const one = await requireOwn(system, a, b);
  const other = await requireOwn(system, b, one.code);
  if (one.code === other.code) return 'equivalent';
  if (other.isBelow) return 'subsumes';
  return one.isBelow ? 'subsumed-by' : 'not-subsumed';
}

/** The code as the system writes it, and whether it is below another. */
async function requireOwn(
  system: CodeSystem,
  code: string,
  above: string,
): Promise<{ readonly code: string; readonly isBelow: boolean }> {
  if (system.stored) {
    const found = await system.stored.find(code, { kind: 'below', code: above, strict: true });
    if (found) return { code: found.concept.code, isBelow: found.isSelected };
  } else {
    const own = system.codeOf(code);
    if (own !== undefined) return { code: own, isBelow: system.above(own).has(system.codeOf(above) ?? above) };
  }
  if (system.content === 'complete') throw new UnknownCode(code, system);
  throw new CannotExpand(
    `The content of the CodeSystem ${system.url} is "${system.content}" here, without the code "${code}".`,
  );
}

const textIn = (coding: JsonObject | undefined, name: string): string | undefined => {
  const value = coding?.[name];
  return typeof value === 'string' ? value : undefined;
};
