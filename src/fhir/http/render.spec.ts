import { expect, it } from 'vitest';
import { NotRepresentableInXml } from '../xml/not-representable-in-xml.js';
import { render, renderError } from './render.js';

const xml = { format: 'xml', pretty: false } as const;
const stored = '{ "resourceType":"Basic" }';

it('leaves the stored text alone unless another form is asked for', () => {
  expect(render(stored, undefined).text).toBe(stored);
  expect(render(stored, { format: 'json', pretty: true }).text).toBe('{\n  "resourceType": "Basic"\n}');
});

it('renders Bundles that nest deeper than what may be sent', () => {
  const levels = 97;
  const extension = '{"url":"u","extension":['.repeat(levels / 2) + '{"url":"u"}' + ']}'.repeat(levels / 2);
  const bundle = `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Basic","extension":[${extension}]}}]}`;
  for (const format of ['json', 'xml'] as const) {
    expect(render(bundle, { format, pretty: true }).text.match(/url/g)).toHaveLength(Math.floor(levels / 2) + 1);
  }
});

it('refuses what XML cannot hold, but never an error', () => {
  const outcome = { resourceType: 'OperationOutcome', issue: [{ diagnostics: '\u0001' }] };
  expect(() => render(JSON.stringify(outcome), xml)).toThrow(NotRepresentableInXml);
  expect(renderError(outcome, xml)).toEqual({
    text: JSON.stringify(outcome),
    contentType: 'application/fhir+json; charset=utf-8',
  });
});
