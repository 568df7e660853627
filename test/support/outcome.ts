import { expect } from 'vitest';
import type { Answer } from './server.js';

export interface Outcome {
  readonly issue: readonly {
    readonly code: string;
    readonly diagnostics?: string;
    readonly details?: { readonly coding: readonly { readonly code: string }[] };
    readonly expression?: readonly string[];
  }[];
}

/** The stable reason codes of a refusal. */
export const reasonsOf = ({ body }: { readonly body: Outcome }): readonly (string | undefined)[] =>
  body.issue.map(({ details }) => details?.coding[0]?.code);

/** Words that only frameworks, drivers and stacks use. */
const internals =
  /FST_|fastify|nestjs|[a-z]Exception\b|node_modules|\bat \w+ \(|select |insert into|syntax error|relation "|"statusCode"|<html/i;

/** An error as every client gets it: an OperationOutcome with a request id and nothing of the inside. */
export function expectOutcome(answer: Answer, status: number, text: RegExp = /./): void {
  const { headers, body } = answer;
  expect(answer.text).toMatch(text);
  expect({ status: answer.status, type: body.resourceType }).toEqual({ status, type: 'OperationOutcome' });
  expect(body.issue.length).toBeGreaterThan(0);
  expect(headers['content-type']).toMatch(/^application\/fhir\+json/);
  expect(headers['x-request-id']).toMatch(/^[\w.\-:]{8,64}$/);
  expect(answer.text).not.toMatch(internals);
}
