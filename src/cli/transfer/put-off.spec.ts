// docs/import.md: references lead across files
import { describe, expect, it } from 'vitest';
import type { ImportedItem, ImportedResource, ImportFailure } from '../../fhir/operations/importing/importer.js';
import { PutOff } from './put-off.js';

const resource = (id: string, text = 'x'): ImportedResource => ({
  resource: { resourceType: 'Basic', id, code: { text } },
  address: `Basic/${id}`,
  place: id,
});
const lost = (again: ImportedResource, code = 'not-found'): ImportFailure => ({
  place: again.place,
  issues: [{ code }],
  again,
});

/** Failures of one group that are final. */
async function afterOne(putOff: PutOff, items: readonly ImportedItem[], failures: readonly ImportFailure[]) {
  async function* one() {
    yield items;
  }
  for await (const _ of putOff.noting(one()));
  return putOff.keep(failures).map(({ place }) => place);
}

describe('resources whose references lead nowhere yet', () => {
  it('wait up to a number of characters, and are named beyond', async () => {
    const putOff = new PutOff();
    const large = ['a', 'b', 'c'].map((id) => resource(id, 'x'.repeat(25_000_000)));
    expect(
      await afterOne(
        putOff,
        large,
        large.map((one) => lost(one)),
      ),
    ).toEqual(['c']);
    expect(putOff.take().items.map(({ address }) => address)).toEqual(['Basic/a', 'Basic/b']);
    expect(putOff.take().characters).toBeLessThan(64_000_000);
    // One that comes again makes room.
    expect(await afterOne(putOff, [resource('a')], [])).toEqual([]);
    expect(await afterOne(putOff, [large[2]!], [lost(large[2]!)])).toEqual([]);
    expect(putOff.rest().map(({ place }) => place)).toEqual(['b', 'c']);
  });

  it('do not wait for what will not come', async () => {
    const putOff = new PutOff();
    expect(await afterOne(putOff, [resource('a')], [lost(resource('a'), 'invalid')])).toEqual(['a']);
    expect(putOff.rest()).toEqual([]);
  });

  it('wait once each, with the names that are known by then', async () => {
    const putOff = new PutOff();
    const referring: ImportedResource = {
      ...resource('a'),
      resource: { resourceType: 'Basic', id: 'a', subject: { reference: 'urn:uuid:1' } },
    };
    await afterOne(putOff, [referring], [lost(referring)]);
    putOff.names.set('urn:uuid:1', 'Patient/1');
    expect(putOff.take().items[0]!.resource['subject']).toEqual({ reference: 'Patient/1' });
    await afterOne(putOff, putOff.take().items, [lost(referring)]);
    expect(putOff.rest()).toHaveLength(1);
  });
});
