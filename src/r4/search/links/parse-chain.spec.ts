import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidRequest } from '../../errors/fhir-error.js';
import { type Criterion, unfollowedOf } from '../query/criterion.js';
import { NotSearchable } from '../query/not-searchable.js';
import { parseCriterion } from '../query/parse-criterion.js';
import { parseInclude } from './parse-include.js';
import { SearchOffer } from '../parameters/search-offer.js';
import { SearchParameters } from '../parameters/search-parameters.js';

const parameters = new SearchParameters();
const offer = new SearchOffer(parameters);
const offered = ['Patient', 'Observation', 'Encounter', 'Organization', 'Group', 'Device', 'Location', 'Practitioner'];
for (const type of [...offered, 'DeviceUseStatement', 'QuestionnaireResponse', 'Questionnaire', 'Provenance', 'Task']) {
  offer.add(...[...parameters.forType(type).values()].filter(({ expression }) => expression !== undefined));
}
const all = {
  offer,
  base: 'http://localhost/fhir/r4',
  timeZone: 'UTC',
  chainDepth: 8,
  maySearch: (_type: string) => true,
};

const parse = (type: string, name: string, value = 'x', settings = all) => parseCriterion(type, name, value, settings);

/** Type and parameter of each step. */
function outline(criterion: Criterion): string {
  switch (criterion.kind) {
    case 'filter':
      return criterion.filter.parameter.code;
    case 'not':
      return `not ${outline(criterion.of)}`;
    case 'all':
    case 'any':
      return criterion.of.map(outline).join(criterion.kind === 'any' ? ' | ' : ' & ');
    case 'hierarchy':
      return `${criterion.parameter}:${criterion.direction} ${criterion.type}/${criterion.id}`;
    case 'chain':
      return `${criterion.parameter}→${criterion.type}.${criterion.criteria.map(outline).join()}`;
    default:
      return `${criterion.type}.${criterion.parameter}←${criterion.criteria.map(outline).join()}`;
  }
}

describe('a chained parameter', () => {
  it.each([
    ['Observation', 'subject:Patient.name', 'subject→Patient.name'],
    ['Observation', 'patient.name', 'patient→Patient.name'],
    // Groups have identifiers, too, but only a DeviceUseStatement can refer to one by `patient`.
    ['Observation', 'patient.identifier', 'patient→Patient.identifier'],
    ['Observation', 'patient:Group.identifier', 'patient→Group.identifier'],
    ['DeviceUseStatement', 'patient.identifier', 'patient→Patient.identifier | patient→Group.identifier'],
    ['Observation', 'subject.name', 'subject→Patient.name | subject→Location.name'],
    ['Observation', 'subject:Patient.organization.name', 'subject→Patient.organization→Organization.name'],
    ['Observation', 'subject:Patient.gender:not', 'subject→Patient.not gender'],
    ['Patient', '_has:Observation:patient:code', 'Observation.patient←code'],
    ['Patient', '_has:Observation:patient:_has:Provenance:target:_id', 'Observation.patient←Provenance.target←_id'],
    ['Encounter', 'patient:Patient._has:Group:member:_id', 'patient→Patient.Group.member←_id'],
    ['Patient', '_has:Observation:patient:encounter.status', 'Observation.patient←encounter→Encounter.status'],
  ])('%s?%s is read as %s', (type, name, expected) => {
    expect(outline(parse(type, name, name.includes('gender') ? 'male' : 'x'))).toBe(expected);
  });

  it('finds the target of a canonical by its url', () => {
    expect(parse('QuestionnaireResponse', 'questionnaire.title')).toMatchObject({ type: 'Questionnaire', byUrl: true });
    expect(parse('Observation', 'subject:Patient.name')).toMatchObject({ byUrl: false });
  });

  it('without a type follows what the caller may search, and everything where that is nothing', () => {
    const only = (...types: readonly string[]) => ({ ...all, maySearch: (type: string) => types.includes(type) });
    const patients = parse('Observation', 'subject.name', 'x', only('Patient'));
    expect(outline(patients)).toBe('subject→Patient.name');
    expect(unfollowedOf([patients])).toEqual([{ name: 'subject.name', types: ['Location'] }]);
    expect(unfollowedOf([parse('Observation', 'subject.name')])).toEqual([]);
    expect(unfollowedOf([parse('Observation', 'subject:Patient.name', 'x', only('Patient'))])).toEqual([]);
    const none = parse('Observation', 'subject.name', 'x', only('Group'));
    expect(outline(none)).toBe('subject→Patient.name | subject→Location.name');
    expect(unfollowedOf([none])).toEqual([]);
  });

  it.each([
    ['Observation', 'subjet.name', /"subjet" is not a reference parameter of Observation.* Did you mean subject\?/],
    ['Observation', 'code.name', /code is of type token, not a reference parameter/],
    ['Observation', 'subject:Patient.nam', /"nam" is not a search parameter of Patient\. Did you mean name\?/],
    ['Observation', 'subject:Patient._count', /^_count says how a search is answered.* limited by _has, /],
    ['Observation', 'subject.nonsense', /none of the types it refers to \(.*Patient.*"nonsense" is not a search/],
    ['Observation', 'subject.gendr', /not a search parameter of Patient\. Did you mean gender\?/],
    ['Patient', '_has:Observation:patient:cod', /"cod" is not a search parameter of Observation\. Did you mean code\?/],
    ['Patient', '_has:Observation:patent:code', /"patent" is not a reference parameter .* Did you mean patient\?/],
  ])('%s?%s is told what there is, and can be ignored', (type, name, fact) => {
    expect(() => parse(type, name)).toThrow(NotSearchable);
    expect(() => parse(type, name)).toThrow(fact);
  });

  it.each([
    ['Observation', 'subject:Patiant.name', /"Patiant" is no resource type\. Did you mean Patient\?/],
    [
      'Observation',
      'subject:Organization.name',
      /subject never refers to Organization, only to Group, Device, Patient/,
    ],
    ['Observation', 'subject:Patient:x.name', /a chain is written subject:Patient\.name/],
    ['Observation', 'subject.', /a chain is written/],
    ['Observation', 'subject:Patient.birthdate', /birthdate/],
    ['Observation', 'subject.birthdate', /birthdate/],
    ['Patient', '_has', /_has names a type/],
    ['Patient', '_has:Observation:patient', /_has names a type/],
    ['Patient', '_has:Observaton:patient:code', /no resource type\. Did you mean Observation\?/],
    ['Patient', '_has:Observation:encounter:code', /encounter never refers to Patient/],
    ['Observation', 'derived-from:Observation.'.repeat(9) + 'code', /may not follow that many references/],
    ['Provenance', 'target.focus._id', /too many types/],
  ])('%s?%s is wrong', (type, name, fact) => {
    expect(() => parse(type, name)).toThrow(fact);
    expect(() => parse(type, name)).not.toThrow(NotSearchable);
  });

  it('may be as deep as the setting says', () => {
    const deep = 'derived-from:Observation.'.repeat(8) + 'code';
    expect(outline(parse('Observation', deep)).split('→')).toHaveLength(9);
  });

  const part = fc.constantFrom(
    'subject',
    'Patient',
    'name',
    '_has',
    'Observation',
    'patient',
    ':',
    '.',
    '_id',
    '*',
    '',
    'x',
  );
  it('or include made of any parts is read or refused', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), fc.string(), (parts, text) => {
        const name = parts.join('');
        for (const read of [
          () => parse('Observation', name, text),
          () => parseInclude({ name: '_include', value: name, roots: ['Observation'] }, all),
          () => parseInclude({ name: `_revinclude:${text}`, value: name, roots: ['Patient'] }, all),
        ]) {
          try {
            read();
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidRequest);
          }
        }
      }),
    );
  });
});
