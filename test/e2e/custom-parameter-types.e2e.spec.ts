// SearchParameter resources of each type that are stored while the server runs (https://hl7.org/fhir/R4/searchparameter.html)
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aSearchParameter, extensionUrl, idsOf, type Send, untilActive } from '../support/custom-parameters.js';
import { shareOf } from '../support/full.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let send: Send;
beforeAll(async () => {
  server = await startServer();
  send = (method, path, body) =>
    server.call(method, path, { token: server.token('user/*.cruds admin/*.cruds'), ...(body && { body }) });
});
afterAll(() => server.close());

const observation = (id: string, more: readonly object[]) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  subject: { reference: 'Patient/p1' },
  extension: [{ url: extensionUrl('ward'), valueCode: 'x' }, ...more],
});

it.each(
  shareOf(
    [
      [
        'reference',
        'Observation.extension.where(url = $url).value.ofType(Reference)',
        { valueReference: { reference: 'Patient/p2' } },
        'Patient/p2',
      ],
      ['string', 'Observation.extension.where(url = $url).value.ofType(string)', { valueString: 'Some Text' }, 'some'],
      ['date', 'Observation.extension.where(url = $url).value.ofType(date)', { valueDate: '2020-01-02' }, 'ge2020-01'],
      ['number', 'Observation.extension.where(url = $url).value.ofType(decimal)', { valueDecimal: 1.5 }, 'gt1'],
      [
        'quantity',
        'Observation.extension.where(url = $url).value.ofType(Quantity)',
        { valueQuantity: { value: 5, unit: 'mg' } },
        '5||mg',
      ],
      ['uri', 'Observation.extension.where(url = $url).value.ofType(uri)', { valueUri: 'urn:x:1' }, 'urn:x:1'],
    ],
    2,
  ),
)('works for the type %s, in searches, sorted and for what it refers to', async (type, expression, value, query) => {
  await send('PUT', 'Patient/p2', { resourceType: 'Patient', id: 'p2', name: [{ family: 'Zwei' }] });
  const code = `by-${type}`;
  await send('PUT', `Observation/${code}`, observation(code, [{ url: extensionUrl(code), ...value }]));
  const target = type === 'reference' ? ['Patient'] : undefined;
  const text = expression.replace('$url', `'${extensionUrl(code)}'`);
  const made = await send('PUT', `SearchParameter/${code}`, aSearchParameter(code, { type, expression: text, target }));
  expect([made.status, made.text]).toEqual([201, expect.anything()]);
  await untilActive(send, code);
  expect(idsOf(await send('GET', `Observation?${code}=${encodeURIComponent(query)}`))).toEqual([code]);
  expect(idsOf(await send('GET', `Observation?_sort=-${code}`))[0]).toBe(code);
  if (type !== 'reference') return;
  expect(idsOf(await send('GET', `Observation?${code}:Patient.family=zwei`))).toEqual([code]);
  expect(idsOf(await send('GET', `Observation?_id=${code}&_include=Observation:${code}`))).toEqual([code, 'p2']);
  expect(idsOf(await send('GET', `Patient?_id=p2&_revinclude=Observation:${code}`))).toEqual(['p2', code]);
  expect(idsOf(await send('GET', `Patient?_has:Observation:${code}:code:text=x`))).toEqual(['p2']);
});
