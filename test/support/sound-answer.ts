import { expect } from 'vitest';
import { expectOutcome } from './outcome.js';
import type { Answer } from './server.js';

/** Expects what holds for every answer: no defect of the server, and an outcome with text for an error. */
export function expectSound(answer: Answer, what = ''): void {
  const { status, headers, body, text } = answer;
  // 501 says that R4 has it and this server does not.
  if (status !== 501) expect(status, `${what} ${text.slice(0, 500)}`).toBeLessThan(500);
  expect(headers['x-request-id'], what).toMatch(/^[\w.\-:]{8,64}$/);
  if (status < 400 || text === '') return;
  if (headers['content-type']?.includes('xml'))
    return expect(text, what).toMatch(/<(?:diagnostics|text) value="[^"]+"/);
  expectOutcome(answer, status);
  for (const issue of body.issue) expect(issue.diagnostics ?? issue.details?.text, what).toMatch(/\S/);
}

/** After all that, the server answers as before. */
export async function expectAlive(
  call: (method: string, path: string) => Promise<Answer>,
  patient: string,
): Promise<void> {
  expect((await call('GET', '/health/live')).status).toBe(200);
  expect((await call('GET', `Patient/${patient}`)).body.id).toBe(patient);
}
