// https://hl7.org/fhir/R4/http.html#patch: a JSON Patch inside a bundle is a Binary
import { expect, it } from 'vitest';
import { FhirError } from '../../r4/errors/fhir-error.js';
import { NotThisResource } from '../../r4/errors/request-errors.js';
import { patchOfEntry } from './read-patch.js';

const patchOf = (data: string) =>
  patchOfEntry({ resourceType: 'Binary', contentType: 'application/json-patch+json', data });
const encoded = Buffer.from('[{"op":"test","path":"/active","value":true}]').toString('base64');

it.each([encoded, `\n ${encoded.slice(0, 8)}\r\n${encoded.slice(8)} \n`])(
  'takes base64 with white space: %j',
  (data) => {
    expect(() => patchOf(data)).not.toThrow();
  },
);

it.each(['!', `=${encoded}`, `${encoded}===`, `${encoded}= =`])('refuses %j', (data) => {
  expect(() => patchOf(data)).toThrow(NotThisResource);
});

it.each(['', ' ', '='])('refuses %j, which holds no patch', (data) => {
  expect(() => patchOf(data)).toThrow(FhirError);
});

it('looks at data of any length once, or does not end', () => {
  for (const data of [' '.repeat(1_000_000), '= '.repeat(500_000), ' '.repeat(1_000_000) + 'A', 'A '.repeat(500_000)]) {
    expect(() => patchOf(`${data}!`)).toThrow(NotThisResource);
  }
});
