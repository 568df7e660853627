import { describe, expect, it } from 'vitest';
import { type JsonObject, parseJson, writeJson } from '../json/json.js';
import { stampVersion } from './version-meta.js';

const stamp = { id: 'p1', versionId: 2, lastUpdated: '2026-01-02T03:04:05.678Z' };
const stamped = (text: string, previousBody?: string) =>
  writeJson(
    stampVersion(parseJson(text) as JsonObject, { ...stamp, ...(previousBody !== undefined && { previousBody }) }),
  );

describe('stampVersion', () => {
  it('puts id and meta after resourceType where they are missing', () => {
    expect(stamped('{"active":true,"resourceType":"Patient"}')).toBe(
      '{"active":true,"resourceType":"Patient","id":"p1","meta":{"versionId":"2","lastUpdated":"2026-01-02T03:04:05.678Z"}}',
    );
  });

  it('puts meta after an id that is there', () => {
    expect(stamped('{"resourceType":"Patient","active":true,"id":"z","n":1}')).toBe(
      '{"resourceType":"Patient","active":true,"id":"p1","meta":{"versionId":"2","lastUpdated":"2026-01-02T03:04:05.678Z"},"n":1}',
    );
  });

  it('keeps the place of id and meta, and everything else of meta', () => {
    expect(
      stamped('{"resourceType":"Patient","active":true,"meta":{"source":"x","versionId":"9"},"id":"z","n":1.10}'),
    ).toBe(
      '{"resourceType":"Patient","active":true,"meta":{"versionId":"2","lastUpdated":"2026-01-02T03:04:05.678Z","source":"x"},"id":"p1","n":1.10}',
    );
  });

  it('keeps tags and security labels that the new version omits', () => {
    const previous = '{"meta":{"security":[{"system":"s","code":"R"}],"tag":[{"code":"a"}]}}';
    const result = JSON.parse(
      stamped('{"resourceType":"Patient","meta":{"tag":[{"code":"a"},{"code":"b"}]}}', previous),
    ) as {
      meta: object;
    };
    expect(result.meta).toMatchObject({ security: [{ system: 's', code: 'R' }], tag: [{ code: 'a' }, { code: 'b' }] });
  });

  // https://hl7.org/fhir/R4/resource-definitions.html#Meta.tag: a set
  it.each([
    ['["a"]', '["a","b"]', '["a","b"]'],
    ['["b","a"]', '["a","b"]', '["a","b"]'],
    ['["c","b"]', '["a","b"]', '["a","b","c"]'],
    ['["c","d"]', '["a"]', '["a","c","d"]'],
  ])('leaves each label where it is: %s over %s is %s', (given, previous, expected) => {
    const meta = (codes: string) =>
      `"meta":{"tag":${JSON.stringify((JSON.parse(codes) as string[]).map((code) => ({ code })))}}`;
    const result = stamped(`{"resourceType":"Patient",${meta(given)}}`, `{${meta(previous)}}`);
    const { tag } = (JSON.parse(result) as { meta: { tag: { code: string }[] } }).meta;
    expect(JSON.stringify(tag.map(({ code }) => code))).toBe(expected);
  });

  it('does not touch the resource it was given', () => {
    const resource = parseJson('{"resourceType":"Patient"}') as JsonObject;
    stampVersion(resource, stamp);
    expect(resource).toEqual({ resourceType: 'Patient' });
  });
});
