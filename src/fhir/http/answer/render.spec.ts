import { expect, it } from 'vitest';
import { NotRepresentableInXml } from '../../../r4/xml/not-representable-in-xml.js';
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

const outcomeOf = (diagnostics: string): string =>
  JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'invalid', diagnostics }] });

it('says in a header what XML cannot hold, and in a searchset in an entry too', () => {
  const cure = 'Ask for application/fhir+json to get it as it is stored.';
  const { text, warning } = render(outcomeOf('a\u0001'), xml);
  expect(text).toContain('<diagnostics value="a\ufffd"/>');
  expect(warning).toBe(`214 - "XML cannot hold the text at OperationOutcome.issue[0].diagnostics. ${cure}"`);
  const entries = Array.from({ length: 25 }, () => `{"resource":${outcomeOf('\u0001')}}`);
  const bundle = (type: string): string => `{"resourceType":"Bundle","type":"${type}","entry":[${entries.join()}]}`;
  const searchset = render(bundle('searchset'), xml);
  expect(searchset.warning).toContain('issue[0].diagnostics and at 24 more places.');
  expect(searchset.text.match(/<severity value="warning"\/>/g)).toHaveLength(21);
  expect(searchset.text).toContain('<diagnostics value="5 more texts. ');
  expect(searchset.text).toContain('<search><mode value="outcome"/></search></entry></Bundle>');
  const history = render(bundle('history'), xml);
  expect(history.text).not.toContain('warning');
  expect(history.warning).toBe(searchset.warning);
});

it('refuses what is no R4, but never an error', () => {
  const outcome = { resourceType: 'OperationOutcome', issue: [{ nonsense: 1 }] };
  expect(() => render(JSON.stringify(outcome), xml)).toThrow(NotRepresentableInXml);
  expect(renderError(outcome, xml)).toEqual({
    text: JSON.stringify(outcome),
    contentType: 'application/fhir+json; charset=utf-8',
  });
});
