import { describe, expect, it } from 'vitest';
import { seriesOf } from './series.js';
import { dateOf, timelineOf, timelineTypes, wordsOf } from './timeline.js';

const glucose = (id: string, effectiveDateTime: string, value: number) => ({
  resourceType: 'Observation',
  id,
  effectiveDateTime,
  code: { text: 'Glucose' },
  valueQuantity: { value, unit: 'mmol/l' },
});

describe('a timeline', () => {
  it('is in the order of time, says what was refused, and of what there is more', () => {
    const answers = timelineTypes.map((type) => {
      if (type === 'Observation') {
        const entry = [glucose('o1', '2024-01-01', 5), glucose('o2', '2025', 6)].map((resource) => ({ resource }));
        return { response: { status: '200 OK' }, resource: { entry, link: [{ relation: 'next', url: 'x' }] } };
      }
      return type === 'Condition' ? { response: { status: '403 Forbidden' } } : { response: { status: '200' } };
    });
    const { events, refused, more } = timelineOf(answers);
    expect(events.map(({ id }) => id)).toEqual(['o2', 'o1']);
    expect([refused, more]).toEqual([[['Condition', '403']], ['Observation']]);
  });

  it('has the time that counts, also of a period', () => {
    expect(dateOf({ resourceType: 'Encounter', period: { start: '2024' }, issued: '2023' })).toBe('2024');
    expect(dateOf({ resourceType: 'Encounter', period: {} })).toBeUndefined();
  });

  it('says what, and how', () => {
    expect(wordsOf(glucose('o', '2024', 5))).toEqual(['Glucose', '5 mmol/l']);
    expect(wordsOf({ resourceType: 'Encounter', status: 'finished', class: { code: 'AMB' } })).toEqual([
      'AMB',
      'finished',
    ]);
  });
});

describe('series of numbers', () => {
  it('are of one code and unit, with components, the oldest value first', () => {
    const pressure = {
      resourceType: 'Observation',
      id: 'bp',
      effectiveDateTime: '2024-01-01',
      code: { text: 'Blood pressure' },
      component: [
        { code: { text: 'Systolic' }, valueQuantity: { value: 120, unit: 'mmHg' } },
        { code: { text: 'Posture' }, valueString: 'sitting' },
      ],
    };
    const series = seriesOf([glucose('b', '2025-01-01', 6), glucose('a', '2024', 5), pressure]);
    expect(series.map(({ name, unit, points }) => [name, unit, points.map(({ value }) => value)])).toEqual([
      ['Glucose', 'mmol/l', [5, 6]],
      ['Systolic', 'mmHg', [120]],
    ]);
  });

  it('leave out what has no time, no number or no name', () => {
    const { effectiveDateTime: _, ...timeless } = glucose('a', '2024', 5);
    const nameless = { ...glucose('a', '2024', 5), code: {} };
    const text = { ...glucose('a', '2024', 5), valueQuantity: { value: '5' } };
    expect(seriesOf([timeless, { ...nameless, code: undefined }, text])).toEqual([]);
  });
});
