import { describe, expect, it } from 'vitest';
import { columnsOf, firstColumns, summaryOf } from './summary.js';

describe('summaryOf', () => {
  it.each([
    [[{ family: 'Chalmers', given: ['Peter', 'James'] }, { given: ['Jim'] }], 'Chalmers, Peter James; Jim'],
    [{ text: 'Only a text' }, 'Only a text'],
    [{ coding: [{ system: 's', code: 'c', display: 'Glucose' }], text: 'Blood sugar' }, 'Blood sugar'],
    [{ coding: [{ system: 's', code: '1234-5' }] }, '1234-5'],
    [{ value: 6.3, unit: 'mmol/l', system: 's', code: 'mmol/L' }, '6.3 mmol/l'],
    [{ value: 5, comparator: '<', code: 'mg' }, '<5 mg'],
    [{ start: '2024-01-01' }, '2024-01-01 – …'],
    [{ system: 'urn:mrn', value: '1001' }, '1001'],
    [{ reference: 'Patient/p1', display: 'Anna' }, 'Anna'],
    [{ reference: 'Patient/p1' }, 'Patient/p1'],
    [{ system: 'phone', value: '123' }, '123'],
    [{ line: ['Main St 1'], city: 'Bern', postalCode: '3000' }, 'Main St 1 3000 Bern'],
    [true, 'true'],
    [undefined, ''],
    [{ repeat: { frequency: 1 } }, '{"repeat":{"frequency":1}}'],
  ])('%j: %s', (value, words) => {
    expect(summaryOf(value)).toBe(words);
  });
});

describe('columnsOf', () => {
  it('has the elements that occur, the telling ones first, and none that say nothing', () => {
    const columns = columnsOf([
      { resourceType: 'Patient', id: '1', meta: {}, gender: 'female', name: [], _name: [], active: true },
      { resourceType: 'Patient', id: '2', multipleBirthBoolean: false, extension: [] },
    ]);
    expect(columns).toEqual(['name', 'gender', 'active', 'multipleBirthBoolean']);
    expect(firstColumns(columns)).toEqual(['name', 'gender']);
  });
});
