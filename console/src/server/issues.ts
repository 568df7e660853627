/** One reason of an answer that is no success, as the OperationOutcome tells it. */
export interface Issue {
  readonly severity: string;
  /** Of FHIR, such as `forbidden`. */
  readonly code: string;
  /** Our own code of the reason, such as `scope-insufficient`; its page is `/docs/access#…`. */
  readonly reason?: string;
  readonly fact: string;
  readonly cure?: string;
  readonly expression?: string;
  /** Line of the body that was sent, from 1 on. */
  readonly line?: number;
}

export const isError = ({ severity }: Issue): boolean => severity === 'error' || severity === 'fatal';

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null;
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const listOf = (value: unknown): readonly Members[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** The issues of an OperationOutcome, or of those that an answer of GraphQL has; of an error of OAuth its findings or description; none for anything else. */
export function issuesOf(body: unknown): readonly Issue[] {
  if (!isObject(body)) return [];
  if (body['resourceType'] === 'OperationOutcome') return listOf(body['issue']).map(issueOf);
  const errors = listOf(body['errors']).flatMap(({ extensions }) =>
    isObject(extensions) ? [extensions['resource']] : [],
  );
  if (errors.length > 0) return errors.flatMap(issuesOf);
  const error = textOf(body['error']);
  if (error === undefined) return [];
  const findings = listOf(body['findings']);
  if (findings.length > 0) return findings.map((one) => findingOf(one, error));
  return [{ severity: 'error', code: error, fact: textOf(body['error_description']) ?? error }];
}

/** Of the administration: a fault, and where in the body it is (docs/policies.md). */
function findingOf({ text, at }: Members, code: string): Issue {
  const expression = textOf(at);
  return { severity: 'error', code, fact: textOf(text) ?? code, ...(expression !== undefined && { expression }) };
}

function issueOf(issue: Members): Issue {
  const details = isObject(issue['details']) ? issue['details'] : {};
  const reason = listOf(details['coding']).map((coding) => textOf(coding['code']))[0];
  const at = Array.isArray(issue['expression']) ? textOf(issue['expression'][0]) : undefined;
  const code = textOf(issue['code']) ?? 'unknown';
  return {
    severity: textOf(issue['severity']) ?? 'error',
    code,
    ...(reason !== undefined && { reason }),
    ...factAndCure(textOf(details['text']), textOf(issue['diagnostics']), code),
    ...(at !== undefined && { expression: at }),
    ...lineOf(issue),
  };
}

/** https://hl7.org/fhir/R4/extension-operationoutcome-issue-line.html */
const lineExtension = 'http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line';

function lineOf(issue: Members): Pick<Issue, 'line'> {
  const line = listOf(issue['extension']).find(({ url }) => url === lineExtension)?.['valueInteger'];
  return typeof line === 'number' ? { line } : {};
}

/** Refusals have the cure in `diagnostics`; other errors have the fact there. */
function factAndCure(text: string | undefined, said: string | undefined, code: string): Pick<Issue, 'fact' | 'cure'> {
  if (text === undefined) return { fact: said ?? code };
  return said === undefined ? { fact: text } : { fact: text, cure: said };
}
