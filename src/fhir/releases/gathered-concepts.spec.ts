import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spelledOut } from '../storage/concepts/phrases.js';
import {
  definitionForm,
  designationForm,
  displayForm,
  memberForm,
  parentForm,
  propertyForm,
  thereForm,
} from './form.js';
import { GatheredConcepts } from './gathered-concepts.js';
import { TextStore } from './text-store.js';

const ofLine = { isOfLine: true };
const [active, inactive] = [thereForm(false), thereForm(true)];
const colour = propertyForm('colour', 'valueString', ofLine);
const legs = propertyForm('legs', 'valueString', { isOfLine: false });
const name = designationForm({ language: 'en' }, { isOfLine: false, rank: 2 });
const better = designationForm({ language: 'en' }, { isOfLine: false, rank: 1 });

type Said =
  Parameters<GatheredConcepts['say']> extends [number, infer F, string] ? readonly [string, F, string] : never;

async function gathered(...parts: readonly Said[]) {
  const all = new GatheredConcepts(async (into) => {
    for (const [code, form, text] of parts) into.say(into.numberOf(code), form, text);
  });
  const outline = await all.outline();
  const concepts = [];
  for await (const some of all.concepts()) concepts.push(...some);
  return { outline, concepts, phrases: all.phrases };
}

describe('concepts that several files tell of', () => {
  it('come in the order of their codes, with all that was said of them', async () => {
    const { concepts, phrases } = await gathered(
      ['b', active, ''],
      ['a', active, ''],
      ['b', name, 'Long "b"'],
      ['b', better, 'B'],
      ['b', legs, '4'],
      ['b', memberForm, 's'],
      ['b', legs, '4'],
      ['b', definitionForm(ofLine), 'It is b'],
    );
    expect(concepts.map(({ code }) => code)).toEqual(['a', 'b']);
    expect(concepts[0]).toMatchObject({ display: undefined, texts: [], keys: [], told: '{}' });
    const { told, ...b } = concepts[1]!;
    expect(b).toEqual({
      code: 'b',
      display: 'B',
      texts: ['Long "b"', 'B'],
      keys: ['legs=4', '*=s'],
      isAbstract: false,
      isInactive: false,
    });
    expect(phrases).toEqual(['{"code":"legs","valueString":', '{"language":"en","value":']);
    expect(JSON.parse(spelledOut(told, phrases))).toEqual({
      definition: 'It is b',
      designation: [
        { language: 'en', value: 'Long "b"' },
        { language: 'en', value: 'B' },
      ],
      property: [
        { code: 'legs', valueString: '4' },
        { code: 'legs', valueString: '4' },
      ],
    });
  });

  it('are what the latest of several lines says, whichever comes first', async () => {
    const early: readonly Said[] = [
      ['a', active, '2023'],
      ['a', colour, 'red'],
      ['a', displayForm(ofLine), 'Red'],
    ];
    const late: readonly Said[] = [
      ['a', inactive, '2024'],
      ['a', colour, 'blue'],
      ['a', displayForm(ofLine), 'Blue'],
    ];
    for (const lines of [
      [...early, ...late],
      [...late, ...early],
    ])
      expect((await gathered(...lines)).concepts).toEqual([
        expect.objectContaining({ display: 'Blue', keys: ['colour=blue'], isInactive: true }),
      ]);
  });

  it('leave out codes that no line says to be there, and count links to them', async () => {
    const { outline } = await gathered(
      ['a', active, ''],
      ['b', active, ''],
      ['a', parentForm, 'b'],
      ['a', parentForm, 'gone'],
      ['gone', parentForm, 'b'],
      ['gone', name, 'Gone'],
    );
    expect(outline.codes).toEqual(['a', 'b']);
    expect([[...outline.children], [...outline.parents]]).toEqual([[1], [2]]);
    expect(outline.leadingNowhere).toEqual({ count: 1, example: 'gone' });
  });

  it('are told again without reading the files again', async () => {
    let reads = 0;
    const all = new GatheredConcepts(async (into) => {
      reads++;
      into.say(into.numberOf('a'), active, '');
    });
    expect((await all.outline()).codes).toEqual((await all.outline()).codes);
    expect(reads).toBe(1);
  });
});

it('texts are found where they were put', () => {
  const store = new TextStore();
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 50 })), (texts) => {
      const places = texts.map((text) => store.add(text));
      expect(places.map((place) => store.at(place))).toEqual(texts.map((text) => Buffer.from(text).toString()));
    }),
  );
});
