import { describe, expect, it } from 'vitest';
import { indexWords, wordsOfElements } from './index-words.js';
import { WordVector } from './word-vector.js';

describe('indexWords', () => {
  it('takes texts, codes and the narrative, and leaves names, dates, URLs, numbers and bytes', () => {
    const vector = indexWords({
      resourceType: 'DocumentReference',
      id: 'someid',
      meta: { lastUpdated: '2024-01-31T00:00:00Z', tag: [{ system: 'http://system.example', code: 'tagged' }] },
      text: { status: 'generated', div: '<div>told <p>code</p></div>' },
      subject: { reference: 'Patient/referred', display: 'shown' },
      description: 'told twice',
      extension: [{ id: 'extid', url: 'http://url.example', valueMarkdown: 'extended' }],
      content: [{ attachment: { data: 'aGVsbG8=', url: 'http://att.example', title: 'titled', size: 5 } }],
      unknown: 'nothing',
    });
    expect(vector.split(' ').toSorted()).toEqual([
      "'code':2A",
      "'extended':11",
      "'shown':6",
      "'tagged':4",
      "'titled':13",
      "'told':1A,8",
      "'twice':9",
    ]);
  });

  it('takes an element that has the name of a literal', () => {
    const actor = { role: {}, reference: { reference: 'Practitioner/1', display: 'Fictive Nurse' } };
    expect(indexWords({ resourceType: 'Consent', provision: { actor: [actor] } })).toBe("'fictive':1 'nurse':2");
  });

  it('finds nothing in what has nothing', () => {
    expect(indexWords({ resourceType: 'Patient' })).toBe('');
    expect(indexWords({ resourceType: 'Nonsense', text: 'x' })).toBe('');
  });
});

describe('wordsOfElements', () => {
  const first = { code: { text: 'one two' } };
  const second = { note: [{ text: 'two three' }] };

  it('adds to the words before, in their order, as if it were one resource', () => {
    const whole = indexWords({ resourceType: 'Condition', ...first, ...second });
    expect(wordsOfElements(second, 'Condition', wordsOfElements(first, 'Condition')).text()).toBe(whole);
  });

  it('leaves the words before as they are', () => {
    const before = wordsOfElements(first, 'Condition');
    const text = before.text();
    wordsOfElements(second, 'Condition', before);
    expect(before.text()).toBe(text);
  });
});

describe('WordVector', () => {
  it('stays within what PostgreSQL stores', () => {
    const vector = new WordVector();
    vector.add('again '.repeat(20_000));
    const places = vector.text().split(':')[1]!.split(',');
    expect([places.length, places.at(-1)]).toEqual([255, '255']);
    for (let i = 0; i < 200_000; i++) vector.add(`word${i}`);
    expect(vector.text()).toContain(`'word1':16383`);
    expect(vector.text()).not.toContain(`'word199999'`);
  });
});
