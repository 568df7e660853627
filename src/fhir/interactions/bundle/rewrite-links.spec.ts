import { describe, expect, it } from 'vitest';
import { type JsonObject, parseJson, writeJson } from '../../../r4/json/json.js';
import { rewriteLinks } from './rewrite-links.js';

const urn = 'urn:uuid:0b3a1f0e-7f54-4a9e-8e8b-0e6d6c3f1a11';
const targets = new Map([
  [urn, 'Patient/123'],
  ['urn:oid:1.2.3', 'Organization/o'],
]);
const rewrite = (resource: object) => rewriteLinks(parseJson(JSON.stringify(resource)) as JsonObject, targets);

describe('rewriteLinks', () => {
  it('replaces references, also in extensions and contained resources', () => {
    const { resource } = rewrite({
      resourceType: 'Observation',
      contained: [{ resourceType: 'Encounter', id: 'e', subject: { reference: urn } }],
      subject: { reference: urn, display: urn },
      extension: [{ url: 'http://x', valueReference: { reference: 'urn:oid:1.2.3' } }],
    });
    expect(resource).toEqual({
      resourceType: 'Observation',
      contained: [{ resourceType: 'Encounter', id: 'e', subject: { reference: 'Patient/123' } }],
      subject: { reference: 'Patient/123', display: urn },
      extension: [{ url: 'http://x', valueReference: { reference: 'Organization/o' } }],
    });
  });

  it('replaces uri, url, oid and uuid elements but not strings and canonicals', () => {
    const { resource } = rewrite({
      resourceType: 'Patient',
      identifier: [{ system: urn, value: urn }],
      extension: [
        { url: 'a', valueUri: urn },
        { url: 'b', valueUuid: urn },
        { url: 'c', valueCanonical: urn },
        { url: 'd', valueString: urn },
      ],
    });
    expect(resource).toMatchObject({
      identifier: [{ system: 'Patient/123', value: urn }],
      extension: [
        { valueUri: 'Patient/123' },
        { valueUuid: 'Patient/123' },
        { valueCanonical: urn },
        { valueString: urn },
      ],
    });
  });

  it('replaces href and src in narrative, whole values only', () => {
    const div = `<div><a href="${urn}">${urn}</a><img src='${urn}'/><a href="${urn}0">x</a></div>`;
    const { resource } = rewrite({ resourceType: 'Patient', text: { status: 'generated', div } });
    expect((resource['text'] as JsonObject)['div']).toBe(
      `<div><a href="Patient/123">${urn}</a><img src='Patient/123'/><a href="${urn}0">x</a></div>`,
    );
  });

  it('names dangling and conditional references with their place', () => {
    const { dangling, conditional } = rewrite({
      resourceType: 'Observation',
      performer: [
        { reference: 'urn:uuid:ffffffff-0000-0000-0000-000000000000' },
        { reference: 'Patient?identifier=1' },
      ],
    });
    expect(dangling).toEqual([
      { link: 'urn:uuid:ffffffff-0000-0000-0000-000000000000', expression: 'Observation.performer[0].reference' },
    ]);
    expect(conditional).toEqual([{ link: 'Patient?identifier=1', expression: 'Observation.performer[1].reference' }]);
  });

  it('replaces conditional references whose match is known, and nothing else that looks like one', () => {
    const link = 'Patient?identifier=1';
    const sent = { resourceType: 'Observation', subject: { reference: link, display: link }, implicitRules: link };
    const matches = new Map([[link, 'Patient/7']]);
    const { resource, conditional } = rewriteLinks(sent, targets, { matches });
    expect(resource).toEqual({ ...sent, subject: { reference: 'Patient/7', display: link } });
    expect(conditional).toEqual([]);
  });

  it('keeps decimals and key order', () => {
    const text = '{"z":1,"resourceType":"Observation","valueQuantity":{"value":1.10,"unit":"mg"}}';
    expect(writeJson(rewriteLinks(parseJson(text) as JsonObject, targets).resource)).toBe(text);
  });
});
