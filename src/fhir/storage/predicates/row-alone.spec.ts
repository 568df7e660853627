import { describe, expect, it } from 'vitest';
import { parseFilter } from '../../../r4/search/values/parse-filter.js';
import type { Criterion } from '../../../r4/search/query/criterion.js';
import { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import { type Grant, Through, type Within } from '../../../scope/grant.js';
import { grantsPredicate } from './predicate.js';
import { readsRowAlone } from './row-alone.js';
import { BindParameters } from '../session/statement.js';

const r4 = new SearchParameters();
const filter = parseFilter(r4.find('Observation', 'status')!, 'final', { base: '', timeZone: 'UTC' });
const plain: Criterion = { kind: 'filter', filter };
const chain: Criterion = {
  kind: 'chain',
  from: 'Observation',
  type: 'Observation',
  parameter: 'derived-from',
  byUrl: false,
  criteria: [plain],
};
const within: Within = { owner: { kind: 'patient', id: 'p1' }, membership: 'compartment' };
const where: readonly never[] = [];

const alone: Readonly<Record<string, Grant>> = {
  'a record': { within, where },
  'a granular scope': { where: [filter] },
  'a policy about the row': { where, rules: [{ kind: 'not', of: plain }] },
  'a clearance': { where, withheld: { clearance: 'N' } },
  'one resource': { where, only: 'x' },
};
const others: Readonly<Record<string, Grant>> = {
  'a policy with a chain': { where, rules: [{ kind: 'any', of: [plain, chain] }] },
  'the record of a related person': { within: { ...within, owner: { kind: 'related-person', id: 'r1' } }, where },
  'what a Provenance is about': { within: { ...within, membership: 'provenance-target' }, where },
  'what points at a Binary': { within: { ...within, membership: 'binary-referrer' }, where },
  Consents: { where, withheld: { consent: { actors: [], actions: [] } } },
  'Consents that limit the caller': { where, withheld: { limited: { actors: [], actions: [] } } },
  'what the row points at': { where, withheld: { clearance: 'N', through: new Through('targets', () => []) } },
};

const sqlOf = (grant: Grant): string => grantsPredicate([grant], 'r', new BindParameters());

describe('content can be judged before it is stored', () => {
  it.each(Object.entries(alone))('by %s, which looks into no table', (_name, grant) => {
    expect(readsRowAlone([grant])).toBe(true);
    expect(sqlOf(grant)).not.toMatch(/resource_|lanyard_resource|consent_rule/);
  });

  it.each(Object.entries(others))('but not by %s, which looks at other rows', (_name, grant) => {
    expect(readsRowAlone([grant])).toBe(false);
    expect(readsRowAlone([alone['a record']!, grant])).toBe(false);
    expect(sqlOf(grant)).toMatch(/resource_|lanyard_resource|consent_rule/);
  });
});
