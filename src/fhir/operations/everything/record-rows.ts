import { compartmentParameters } from '../../../r4/model/compartments.js';
import { patientCompartmentParameters } from '../../../r4/model/patient-compartment.js';
import type { Criterion } from '../../../r4/search/query/criterion.js';
import type { SearchParameter } from '../../../r4/search/parameters/search-parameter.js';
import { Refused } from '../../../refusal/refusal.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { readSearch, type SearchMeans } from '../../interactions/search/read-search.js';
import { anyOfLists, careQueries } from './care-dates.js';
import type { EverythingRequest } from './read-everything.js';

/** A record whose rows are handed out, and the types that it has rows of, the owner first. */
export interface RecordOf {
  readonly owner: 'Patient' | 'Encounter' | 'EpisodeOfCare';
  readonly id: string;
}

/** Reads what rows of records have to satisfy; elements that are masked for the caller are no criteria: 403. */
export class RecordRows {
  constructor(
    private readonly context: RequestContext,
    private readonly means: SearchMeans,
    private readonly request: EverythingRequest,
  ) {}

  /** The criteria of the rows of one type in a record. Throws Refused, and 400 for dates that cannot be. */
  criteriaOf(record: RecordOf, type: string): readonly Criterion[] {
    const { since } = this.request;
    const care = careQueries(type, this.request)?.map((query) => this.read(type, query));
    const changed = since === undefined ? [] : this.read(type, new URLSearchParams([['_lastUpdated', `gt${since}`]]));
    return [...this.belonging(record, type), ...changed, ...(care ? [anyOfLists(care)] : [])];
  }

  private belonging(record: RecordOf, type: string): readonly Criterion[] {
    if (record.owner === 'Patient') return this.ofPatient(record.id, type);
    if (record.owner === 'Encounter') return this.search({ type: 'Encounter', id: record.id, member: type });
    return [this.ofEpisode(record.id, type)];
  }

  /** By the column of the record, which no mask hides: so the elements that it is made of have to be shown. */
  private ofPatient(id: string, type: string): readonly Criterion[] {
    const patient = `Patient/${id}`;
    if (this.context.masksOf(type).length > 0) this.requireShown(type, patient);
    return [{ kind: 'filter', filter: { parameter: recordParameter, values: [{ kind: 'record', patient }] } }];
  }

  private requireShown(type: string, patient: string): void {
    const names = patientCompartmentParameters(type).filter((code) => code !== '{def}');
    try {
      this.read(type, new URLSearchParams(names.map((code): [string, string] => [code, patient])));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const [first, ...others] = error.refusals.map((one) => ({ ...one, cure: `Leave ${type} out of _type.` }));
      throw new Refused([first!, ...others]);
    }
  }

  /** Names the episode, or an encounter that is part of it. */
  private ofEpisode(id: string, type: string): Criterion {
    const episode = `EpisodeOfCare/${id}`;
    if (type === 'EpisodeOfCare') return anyOfLists([this.read(type, new URLSearchParams([['_id', id]]))]);
    if (type === 'Encounter') {
      return anyOfLists([this.read(type, new URLSearchParams([['episode-of-care', episode]]))]);
    }
    const ways = compartmentParameters('Encounter', type).flatMap((code) => {
      const targets = this.means.parameters.find(type, code)?.target ?? [];
      const direct = targets.includes('EpisodeOfCare') ? [[code, episode] as const] : [];
      return [[`${code}:Encounter.episode-of-care`, episode] as const, ...direct];
    });
    return anyOfLists(ways.map(([name, value]) => this.read(type, new URLSearchParams([[name, value]]))));
  }

  private read(type: string, query: URLSearchParams): readonly Criterion[] {
    return this.search({ type }, query);
  }

  private search(address: Parameters<typeof readSearch>[1]['address'], query = new URLSearchParams()) {
    return readSearch(this.context, { address, query, handling: 'strict' }, this.means).asked[0]!;
  }
}

/** Stands for the column with the records of a row. */
const recordParameter: SearchParameter = {
  code: '-record',
  type: 'special',
  url: 'urn:lanyard:record',
  base: ['Resource'],
};
