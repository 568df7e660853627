import { describe, expect, it } from 'vitest';
import { largeDocuments } from '../../../../test/support/large-documents.js';
import { type JsonObject, writeJson } from '../../../r4/json/json.js';
import { ResourceIndexer } from '../../../r4/search/index/resource-indexer.js';
import { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import { SortSlots } from '../searching/sort-slots.js';
import { IndexForm } from './forms/index-form.js';
import { IndexColumns } from './index-columns.js';
import type { DocumentTask, LargeDocuments } from './large-documents.js';

const indexer = new ResourceIndexer(new SearchParameters(), { base: 'http://example.org/fhir', timeZone: 'UTC' }, true);
const form = new IndexForm({ added: [] }, { referentialIntegrity: true, timeZone: 'UTC' });
const columnsWith = (documents: LargeDocuments): IndexColumns =>
  new IndexColumns(indexer, new SortSlots(), form, documents);
const columns = columnsWith(largeDocuments());

const resources: readonly JsonObject[] = [
  {
    resourceType: 'Patient',
    id: 'a',
    name: Array.from({ length: 50 }, (_, i) => ({ family: `Aal "${i}" \\ ö`, given: ['漢字'] })),
    birthDate: '1970-01-01',
    generalPractitioner: [{ reference: 'Practitioner/1' }],
  },
  {
    resourceType: 'Observation',
    status: 'final',
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
    subject: { reference: 'Patient/a' },
    effectiveDateTime: '2024-05-01T10:00:00Z',
    valueQuantity: { value: 7.5, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' },
  },
];
const row = { type: 'Patient', id: 'a', version: 1 };

describe('the row of a large resource', () => {
  it.each(resources)('has the index columns of any other: $resourceType', async (resource) => {
    const type = resource['resourceType'] as string;
    const expected = { ...columns.of(type, resource) };
    const bytes = await columns.rowOfLarge(type, writeJson(resource), row);
    expect(JSON.parse(bytes.toString())).toEqual([{ ...row, ...expected }]);
    expect(await columns.ofLarge(type, writeJson(resource))).toEqual(expected);
  });

  it('takes one text to a thread and bytes without that text back', async () => {
    const data = 'QUJD'.repeat(100_000);
    const resource = { resourceType: 'DocumentReference', status: 'current', content: [{ attachment: { data } }] };
    const tasks: (readonly [string, number])[] = [];
    const counting = {
      run: (work: string, task: DocumentTask) => {
        tasks.push([work, task.text.length]);
        return largeDocuments().run(work, task);
      },
    };
    const text = writeJson(resource);
    const bytes = await columnsWith(counting as LargeDocuments).rowOfLarge('DocumentReference', text, row);
    expect(tasks).toEqual([['row', text.length]]);
    expect(bytes.length).toBeLessThan(10_000);
  });

  it('is refused like any other when PostgreSQL cannot store it', async () => {
    const unstorable = columns.rowOfLarge('Patient', writeJson(resources[0]!), { ...row, id: '\ud800' });
    await expect(unstorable).rejects.toMatchObject({
      status: 400,
      issues: [{ code: 'value', diagnostics: expect.stringContaining('cannot be stored') as string }],
    });
  });
});
