import { AssertionError } from 'node:assert';
import type { ReasonCode } from '../refusal/reasons.js';

/** One answer of a test server. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** The body as JSON; an empty object when there is none. */
  // eslint-disable-next-line typescript/no-explicit-any -- tests look into bodies of any shape
  readonly body: any;
}

/** The resources that a Bundle holds, in its order; none for other bodies. */
export const resourcesOf = ({ body }: Answer) =>
  // eslint-disable-next-line typescript/no-explicit-any -- tests look into resources of any shape
  ((body.entry ?? []) as readonly { readonly resource?: any }[]).flatMap(({ resource }) => resource ?? []);

/** The stable codes of an answer that refuses (https://hl7.org/fhir/R4/operationoutcome.html, `details.coding`); docs/access.md lists them. */
export const refusalsOf = ({ body }: Answer): readonly string[] =>
  ((body.issue ?? []) as readonly { readonly details?: { readonly coding?: readonly { readonly code: string }[] } }[])
    .map(({ details }) => details?.coding?.[0]?.code)
    .filter((code) => code !== undefined);

/** Throws an AssertionError unless the answer refuses (400 or above) and gives this reason, with others or alone. */
export function expectRefusal(answer: Answer, code: ReasonCode): void {
  const found = refusalsOf(answer);
  if (answer.status >= 400 && found.includes(code)) return;
  const reasons = found.length === 0 ? 'no reason' : `the reasons ${found.join(', ')}`;
  throw new AssertionError({
    message: `A refusal with "${code}" was expected; the answer is ${answer.status} with ${reasons}: ${answer.text.slice(0, 2000)}`,
    actual: { status: answer.status, reasons: found },
    expected: { status: 'of a refusal', reasons: [code] },
    operator: 'expectRefusal',
    stackStartFn: expectRefusal,
  });
}
