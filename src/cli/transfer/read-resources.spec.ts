import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { ImportedItem } from '../../fhir/operations/importing/importer.js';
import { resourcesOf } from './read-resources.js';

const patient = { resourceType: 'Patient', id: 'p1', name: [{ family: 'Doe' }] };
const pretty = JSON.stringify(patient, null, 2);

async function itemsOf(path: string, text: string): Promise<ImportedItem[]> {
  const open = () => Promise.resolve(Readable.from([Buffer.from(text)]));
  const items: ImportedItem[] = [];
  for await (const read of resourcesOf({ path, size: text.length, open }, () => undefined, new Map()))
    items.push(...read.items);
  return items;
}

describe('a resource over several lines', () => {
  it.each([pretty, `\n[\n${pretty}\n]\n`])(
    'in a file of NDJSON is one failure, which says what to do',
    async (text) => {
      const items = await itemsOf('folder/Patient.ndjson', text);
      expect(items).toHaveLength(1);
      expect(items[0]).toMatchObject({ place: 'Patient.ndjson', issues: [{ severity: 'error', code: 'structure' }] });
      expect(JSON.stringify(items)).toContain('Name the file .json');
    },
  );

  it('in a file of JSON is read', async () => {
    expect(await itemsOf('Patient.json', pretty)).toMatchObject([{ address: 'Patient/p1' }]);
  });
});

it('a line that is not JSON after others is a failure of its own', async () => {
  const items = await itemsOf('Patient.ndjson', `${JSON.stringify(patient)}\n{\n${JSON.stringify(patient)}\n`);
  expect(items).toMatchObject([{ address: 'Patient/p1' }, { place: 'Patient.ndjson:2' }, { address: 'Patient/p1' }]);
});

it('a bracket that nothing follows is a line that is not JSON', async () => {
  expect(await itemsOf('Patient.ndjson', '\n{\n')).toMatchObject([{ place: 'Patient.ndjson:2' }]);
});
