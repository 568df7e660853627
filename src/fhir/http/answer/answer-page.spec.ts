// ADR 50: an answer as a page
import { describe, expect, it } from 'vitest';
import { answerPage } from './answer-page.js';

const fhirBase = 'http://localhost:3000/fhir/r4';
const place = { url: '/fhir/r4/Patient/a', fhirBase, docsUrl: 'http://localhost:3000/docs/access' };
const pageOf = (text: string): string => answerPage(JSON.stringify({ resourceType: 'Patient', text }), place);

describe('the page of an answer', () => {
  it('is made in one pass, wherever it is cut off', () => {
    // One that looked back from each unit would take minutes, and the time-out of tests would end it.
    for (const unit of ['"', '\\', 'x"', '\n', `"${fhirBase}/Patient/a"`]) {
      for (const shift of ['', 'x', 'xx']) {
        expect(pageOf(shift + unit.repeat(600_000 / unit.length))).toContain('The first 524288 of ');
      }
    }
  });

  it('links what it shows whole, and no text that is cut off', () => {
    const reference = `${fhirBase}/Patient/`;
    expect(pageOf(`${reference}b`)).toContain(`<a href="${reference}b">`);
    expect(pageOf(reference + 'b'.repeat(600_000))).not.toContain(`<a href="${reference}b`);
    expect(pageOf(`${reference}${'b"'.repeat(300_000)}`)).not.toContain(`<a href="${reference}b`);
  });

  it('leads from a wrong base to the address that was meant, with the query that was asked', () => {
    const outcome = (diagnostics: string) =>
      JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ code: 'not-found', diagnostics }] });
    const wrong = `Nothing is at /Patient. The FHIR base of this server is ${fhirBase} (FHIR R4); ${fhirBase}/metadata lists what it offers. Ask ${fhirBase}/Patient.`;
    const page = answerPage(outcome(wrong), { ...place, url: '/Patient?name=x&_count="1"' });
    expect(page).toContain(`<a href="${fhirBase}/Patient?name=x&amp;_count=&quot;1&quot;">${fhirBase}/Patient</a>.`);
    expect(page).toContain(`<a href="${fhirBase}/metadata">`);
    expect(page).toContain(`<a href="${fhirBase}">${fhirBase}</a> (FHIR R4)`);
    const other = answerPage(outcome(`x <b> ${fhirBase}/Patient"onclick=1 https://evil.example/${fhirBase}`), place);
    expect(other).toContain('x &lt;b&gt; ');
    expect(other).toContain(`<a href="${fhirBase}/Patient">`);
    expect(other).not.toMatch(/onclick=1>|href="https:\/\/evil/);
  });
});
