import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TooManyValues } from './json-limits.js';
import { JsonReading } from './json-reading.js';
import { MalformedJson, parseJson } from './json.js';
import { readJson } from './read-json.js';

const limits = { depthLimit: 100, valuesLimit: 1000 };
const inTurns = (text: string) => JsonReading.inTurns(text, limits);
const ofMany = { depthLimit: 100, valuesLimit: 10_000 };
const outcome = async (work: () => unknown): Promise<unknown> => {
  try {
    return await work();
  } catch (error) {
    return (error as Error).message;
  }
};

const refused = Symbol('refused');
const accepted = async (work: () => unknown): Promise<unknown> => {
  try {
    return await work();
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedJson);
    return refused;
  }
};

describe('JsonReading', () => {
  it('makes what parseJson makes, of every JSON value', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 6 }), fc.constantFrom('', ' ', '\r\n\t'), async (json, blank) => {
        const text = blank + JSON.stringify(JSON.parse(json), undefined, blank) + blank;
        expect(await outcome(() => inTurns(text))).toEqual(await outcome(() => parseJson(text, 100, limits)));
      }),
      { numRuns: 500 },
    );
  });

  it('refuses what parseJson refuses, and nothing else', async () => {
    const unit = fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', '1', '.', 'e', '-', '0', 't', 'a', ' ', '\n');
    const words = fc.constantFrom('true', 'null', '"a":', '{"a":1', '"\\u00', '41"', '1.10', '[1,', '"__proto__":');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(unit, words), { maxLength: 14 }), async (parts) => {
        const text = parts.join('');
        expect(await accepted(() => inTurns(text))).toEqual(await accepted(() => parseJson(text, 100, limits)));
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['{"a":1,"a":1}', 'The name "a" occurs twice in one object (line 1, column 8).'],
    ['{"a":{"b":[{"c":1.10,\n"c":2}]}}', 'The name "c" occurs twice in one object (line 2, column 1).'],
    ['{"a":"\\ud800"}', 'surrogate'],
    ['['.repeat(101), 'more than 100 levels'],
    [`[${'1'.repeat(1001)}]`, 'more than 1000 characters (line 1, column 2)'],
    [`[-${'1'.repeat(20_000_000)}]`, 'more than 1000 characters'],
    [`{${Array.from({ length: 1001 }, (_, i) => `"k${i}":1`).join()}}`, 'more than 1000 names'],
  ])('refuses %.40s', async (text, fact) => {
    await expect(JsonReading.inTurns(text, ofMany)).rejects.toThrow(fact);
  });

  it('names the first value that is too many', async () => {
    const text = `{"resourceType":"Patient","name":[${Array.from({ length: 600 }, () => '{"family":"a"}').join()}]}`;
    await expect(inTurns(text)).rejects.toThrow(/Patient\.name\[498\]\.family holds more than 1000 values/);
    await expect(async () => readJson(text, limits)).rejects.toThrow(TooManyValues);
    await expect(async () => readJson(text, limits)).rejects.toThrow(/Patient\.name\[498\]\.family/);
  });

  it('lets others work between two turns', async () => {
    const text = `[${'{"a":[1.0,"b"]},'.repeat(200_000)}1]`;
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await JsonReading.inTurns(text, { depthLimit: 9, valuesLimit: 2_000_000 });
    isDone = true;
    expect(turns).toBeGreaterThan(5);
  });

  it('stops after each long string, which is a step of its own', () => {
    const strings = Array.from({ length: 5 }, (_, i) => String(i).repeat(100_000));
    const reading = new JsonReading(JSON.stringify(strings), { depthLimit: 9, valuesLimit: 100 });
    let looks = 1;
    while (!reading.read(64, 65_536)) looks++;
    expect(looks).toBe(6);
  });
});
