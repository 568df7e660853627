import type { JsonObject } from '../../json/json.js';
import { IndexCollector } from './index-collector.js';
import { type IndexPlan, planIndex } from './index-plan.js';
import type { IndexValues } from './index-values.js';
import { indexAudit } from './index-audit.js';
import { indexBinaries } from './index-binaries.js';
import { indexReferences } from './index-references.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import type { SearchParameters } from '../parameters/search-parameters.js';
import type { ValueSettings } from '../values/value-settings.js';
import { indexWords } from '../words/index-words.js';

/** The parameters that resources are indexed by. */
export type IndexingParameters = Pick<SearchParameters, 'toIndex' | 'findByUrl' | 'generation'>;

interface PlanOfType {
  readonly type: string;
  readonly plan: IndexPlan;
}

/** By the parameters that they were made for: servers with one map of parameters have one plan. */
const plans = new WeakMap<ReadonlyMap<string, SearchParameter>, PlanOfType>();

/** Reads from a resource what its search parameters, its compartments and the access rules of Binary need. */
export class ResourceIndexer {
  constructor(
    readonly parameters: IndexingParameters,
    readonly settings: ValueSettings,
    /** True if every local reference is indexed too (setting REFERENTIAL_INTEGRITY). */
    readonly readsReferences = false,
  ) {}

  index(resource: JsonObject): IndexValues {
    return { ...this.indexParameters(resource), words: indexWords(resource) };
  }

  /** Everything but the words. `collector`: of this resource. */
  indexParameters(
    resource: JsonObject,
    collector = new IndexCollector(resource, this.settings),
  ): Omit<IndexValues, 'words'> {
    const { resourceType, id } = resource;
    const type = typeof resourceType === 'string' ? resourceType : '';
    for (const visit of this.planOf(type)) visit(resource, collector);
    indexBinaries(type, resource, collector);
    if (type === 'AuditEvent') indexAudit(resource, collector);
    if (this.readsReferences) indexReferences(resource, collector);
    if (type === 'Patient' && typeof id === 'string') collector.addCompartment(`Patient/${id}`);
    return collector.finish();
  }

  /** Generation of the custom parameters that it knows of. */
  get generation(): number {
    return this.parameters.generation;
  }

  private planOf(type: string): IndexPlan {
    const parameters = this.parameters.toIndex(type);
    const known = plans.get(parameters);
    if (known?.type === type) return known.plan;
    const plan = planIndex(type, this.parameters);
    plans.set(parameters, { type, plan });
    return plan;
  }
}
