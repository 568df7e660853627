import { accessLayout, indexLayout } from '../../../../r4/search/index/index-layout.js';
import { localReferenceParameter } from '../../../../r4/search/index/index-references.js';
import { resourceTypes } from '../../../../r4/model/resource-types.js';
import { typesOf } from '../../../../r4/search/parameters/parameter-types.js';
import type { SearchParameter } from '../../../../r4/search/parameters/search-parameter.js';
import type { SqlSession } from '../../session/sql-session.js';
import { type OtherForm, readOtherForms, readWantedForm, wantForm } from './form-rows.js';
import type { IndexForm } from './index-form.js';

/** The forms in which rows are stored now, as the news of `search_definition` tell them. */
export interface FormState {
  /** That rows are to have. */
  readonly form: string;
  /** Others that rows may have. */
  readonly otherForms: readonly string[];
}

/** Knowledge of this process about the forms in which all servers of its database store rows. */
export class KnownForms {
  private heard = '';
  private wanted = '';
  private missing: readonly SearchParameter[] = [];
  private others: readonly OtherForm[] = [];

  constructor(private readonly own: IndexForm) {}

  /** Before anything is written. */
  want(session: SqlSession): Promise<void> {
    return wantForm(session, this.own);
  }

  isNews(news: FormState): boolean {
    return textOf(news) !== this.heard;
  }

  async refresh(session: SqlSession, news: FormState): Promise<void> {
    const others = [...(await readOtherForms(session))];
    // Another server is writing the form that it wants.
    if (news.form !== this.own.id) others.push({ ...(await readWantedForm(session)), types: [''] });
    this.wanted = news.form;
    this.others = others.filter(({ form }) => form !== this.own.id);
    this.missing = this.own.parameters.filter((parameter) => this.isMissingIn(parameter));
    this.heard = textOf(news);
  }

  /** True if rows are to be indexed as this process does; another form is left to the servers that know it. */
  get isWanted(): boolean {
    return this.wanted === this.own.id;
  }

  /** Types of which rows of other forms may be stored, which are to be indexed anew. */
  get typesOfOthers(): readonly string[] {
    const types = new Set(this.others.flatMap((other) => other.types));
    return [...(types.has('') ? resourceTypes : types)].toSorted();
  }

  /** Parameters that stored rows may lack. */
  get lacking(): readonly SearchParameter[] {
    return this.missing;
  }

  /** The lacking parameters that searches can name. */
  get lackingSearched(): readonly SearchParameter[] {
    return this.missing.filter((parameter) => this.own.isSearched(parameter));
  }

  lacks(parameter: SearchParameter): boolean {
    return this.missing.includes(parameter);
  }

  /** True if searches can rely on no index entry. */
  get lacksAll(): boolean {
    return this.lacks(indexLayout) || this.lacks(this.own.zone) || this.lacksHashes;
  }

  get lacksLimits(): boolean {
    return this.lacks(accessLayout) || this.lacksHashes;
  }

  /** True if deletions can rely on no entry of a reference. */
  get lacksReferences(): boolean {
    const areRead = this.own.parameters.includes(localReferenceParameter);
    return areRead && (this.lacks(localReferenceParameter) || this.lacksHashes);
  }

  private get lacksHashes(): boolean {
    return this.own.hashes !== undefined && this.lacks(this.own.hashes);
  }

  private isMissingIn(parameter: SearchParameter): boolean {
    const ofTypes = new Set(['', ...typesOf(parameter)]);
    return this.others.some(
      ({ definitions, types }) =>
        types.some((type) => ofTypes.has(type)) && this.own.lackingIn(definitions).includes(parameter),
    );
  }
}

const textOf = ({ form, otherForms }: FormState): string => [form, ...otherForms].join(' ');
