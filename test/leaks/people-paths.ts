import { idsOf } from './limit.js';
import type { Path } from './path.js';

const preview = { name: 'preview', valueBoolean: true };

const coverage = {
  resourceType: 'Coverage',
  status: 'draft',
  beneficiary: { display: 'x' },
  payor: [{ display: 'x' }],
};
const consent = {
  resourceType: 'Consent',
  status: 'active',
  scope: { text: 'x' },
  category: [{ text: 'x' }],
  policy: [{ uri: 'http://hl7.org/fhir/us/davinci-hrex/StructureDefinition-hrex-consent.html#sensitive' }],
  provision: { type: 'permit', period: { start: '2020-01-01', end: '2100-01-01' } },
};

/** What concerns a person as a whole: refused alike, whether the record is there or not. Previews, since what is written is read elsewhere. */
export const people: Path = {
  name: '$member-match, $purge, $merge, $replace-references and $undo-merge',
  covers: ['$member-match', '$purge', '$merge', '$replace-references', '$undo-merge'],
  alike: true,
  async byId(session, id) {
    const { type } = session.limit;
    for (const one of new Set([type, 'Patient'])) {
      await session.post(`${one}/${id}/$purge`, { resourceType: 'Parameters', parameter: [preview] });
      await session.post(`${one}/${id}/$purge`, { resourceType: 'Parameters' });
    }
    const [own = 'own-1'] = idsOf(session.limit);
    const named = (name: string, one: string) => ({ name, valueReference: { reference: `Patient/${one}` } });
    for (const [source, target] of [
      [id, own],
      [own, id],
    ] as const) {
      const parameter = [named('source-patient', source), named('target-patient', target), preview];
      await session.post('Patient/$merge', { resourceType: 'Parameters', parameter });
      const references = [
        { name: 'source-reference-id', valueString: `${type}/${source}` },
        { name: 'target-reference-id', valueString: `${type}/${target}` },
        preview,
      ];
      await session.post('$replace-references', { resourceType: 'Parameters', parameter: references });
    }
    const member = [
      { name: 'MemberPatient', resource: { resourceType: 'Patient', identifier: [{ system: 'urn:x', value: id }] } },
      { name: 'CoverageToMatch', resource: { ...coverage, subscriberId: id } },
      { name: 'Consent', resource: consent },
    ];
    await session.post('Patient/$member-match', { resourceType: 'Parameters', parameter: member });
    const provenance = { name: 'provenance', valueReference: { reference: `Provenance/${id}` } };
    await session.post('$undo-merge', { resourceType: 'Parameters', parameter: [provenance, preview] });
  },
};
