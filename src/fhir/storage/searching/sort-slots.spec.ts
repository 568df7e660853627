import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import type { SearchParameter } from '../../../r4/search/parameters/search-parameter.js';
import { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import { layOut, SortSlots } from './sort-slots.js';

describe('the slots of sort keys', () => {
  it('never move: indexes of databases in use are built on them', () => {
    const slots = new SortSlots();
    expect([...slots.numbers('Observation').keys()].join()).toMatchInlineSnapshot(
      `"_lastUpdated,combo-value-quantity,component-value-quantity,date,value-date,value-quantity"`,
    );
    const all = [...resourceTypes].toSorted().map((type) => [type, [...slots.numbers(type)], [...slots.texts(type)]]);
    expect(hash('sha256', JSON.stringify(all), 'hex')).toMatchInlineSnapshot(
      `"52c2480c155e19ed336870bc3e54011a40c9bfa1c047cab89a21e860355296b3"`,
    );
  });

  it('are not given to parameters that an application adds', () => {
    const added: SearchParameter = { code: 'aaa', type: 'date', url: 'http://x/aaa', base: ['Patient'] };
    const parameters = new SearchParameters();
    const before = new SortSlots(parameters).numbers('Patient');
    parameters.add(added);
    expect(new SortSlots().numbers('Patient')).toEqual(before);
    expect(layOut([{ parameter: 'aaa', low: '1', high: '2' }], before)).toEqual({ low: [], high: [] });
  });

  it('leave the places of absent keys null', () => {
    const slots = new Map(['a', 'b', 'c'].map((code, i) => [code, i + 1]));
    const keys = [
      { parameter: 'c', low: '1', high: '2' },
      { parameter: 'a', low: '3', high: '4' },
    ];
    expect(layOut(keys, slots)).toEqual({ low: ['3', null, '1'], high: ['4', null, '2'] });
  });

  it('hold whole characters only', () => {
    const keys = [{ parameter: 'a', low: 'x😀'.slice(0, 2), high: 'x😀' }];
    expect(layOut(keys, new Map([['a', 1]]))).toEqual({ low: ['x'], high: ['x😀'] });
  });
});
