import { createHash } from 'node:crypto';
import { currentTenant } from '../../../../database/tenant.js';
import { accessLayout, hashesOfTenant, indexLayout, zoneOfDates } from '../../../../r4/search/index/index-layout.js';
import { localReferenceParameter } from '../../../../r4/search/index/index-references.js';
import { unitSeparator } from '../../../../r4/search/index/index-values.js';
import { typesOf } from '../../../../r4/search/parameters/parameter-types.js';
import type { FhirOptions } from '../../../fhir-options.js';
import type { SearchOffer } from '../../../../r4/search/parameters/search-offer.js';
import type { SearchParameter } from '../../../../r4/search/parameters/search-parameter.js';

/** Parts of the index of a form: the hash of each definition by its URL; of layouts, their number. */
export type Definitions = Readonly<Record<string, string>>;

const layouts: readonly SearchParameter[] = [indexLayout, accessLayout];

/** The form in which this process indexes: that of its release, and what the application adds to R4. */
export class IndexForm {
  private readonly marks = new Map<string, string>();
  /** Dates of another zone are found at another time: no search can rely on them. */
  readonly zone: SearchParameter;
  /** References and identifiers of rows that were indexed for another tenant are not found. None for `default`. */
  readonly hashes: SearchParameter | undefined;
  private known: { readonly id: string; readonly definitions: Definitions } | undefined;

  constructor(
    private readonly offer: Pick<SearchOffer, 'added'>,
    private readonly settings: Pick<FhirOptions, 'referentialIntegrity' | 'timeZone'>,
  ) {
    this.zone = zoneOfDates(settings.timeZone);
    this.hashes = hashesOfTenant(currentTenant());
  }

  /** True if searches can name it; the others stand for parts that all searches rely on. */
  isSearched(parameter: SearchParameter): boolean {
    return this.offer.added.includes(parameter);
  }

  /** Parameters that are not of R4, and those that stand for the rest. All features must have been added. */
  get parameters(): readonly SearchParameter[] {
    const { referentialIntegrity } = this.settings;
    const own = [...(this.hashes ? [this.hashes] : []), ...(referentialIntegrity ? [localReferenceParameter] : [])];
    return [...layouts, this.zone, ...this.offer.added, ...own];
  }

  get id(): string {
    return this.current.id;
  }

  get definitions(): Definitions {
    return this.current.definitions;
  }

  /** Stands before the entries of a row: whoever writes the entries anew writes it anew, or leaves it out. */
  markOf(type: string): string {
    let mark = this.marks.get(type);
    if (mark === undefined) {
      const own = this.parameters.filter((parameter) => typesOf(parameter).includes(type));
      mark = `${unitSeparator}${hashOf(own.map(definitionOf))}`;
      this.marks.set(type, mark);
    }
    return mark;
  }

  /** Returns the parameters that rows of another form may lack. Newer layouts cover older ones. */
  lackingIn(other: Definitions): readonly SearchParameter[] {
    return this.parameters.filter((parameter) => !covers(other, parameter));
  }

  /** True if rows are to be indexed as this process does, and not as one of a newer release. */
  mayReplace(other: Definitions): boolean {
    return layouts.every(({ url, expression }) => !(Number(other[url]) > Number(expression)));
  }

  private get current(): { readonly id: string; readonly definitions: Definitions } {
    if (this.known) return this.known;
    const definitions = Object.fromEntries(
      this.parameters
        .map((parameter) => [parameter.url, definitionOf(parameter)] as const)
        .toSorted(([one], [two]) => (one < two ? -1 : 1)),
    );
    return (this.known = { id: hashOf(definitions), definitions });
  }
}

/** Zone of releases that knew of no others. */
const noZone = zoneOfDates('UTC');

const isLayout = ({ url }: SearchParameter): boolean => layouts.some((layout) => layout.url === url);

function covers(other: Definitions, parameter: SearchParameter): boolean {
  const { url } = parameter;
  if (other[url] === hashOfParameter(parameter)) return true;
  if (url === noZone.url) return (other[url] ?? definitionOf(noZone)) === definitionOf(parameter);
  if (!isLayout(parameter)) return false;
  // Releases before there were forms had the first one of these.
  if (parameter === accessLayout && other[url] === undefined) return true;
  return Number(other[url]) >= Number(parameter.expression);
}

/** Everything that the index depends on. */
function definitionOf(parameter: SearchParameter): string {
  if (isLayout(parameter)) return parameter.expression ?? '';
  return hashOfParameter(parameter);
}

const hashOfParameter = ({ code, type, base, expression, target }: SearchParameter): string =>
  createHash('sha256')
    .update(JSON.stringify([code, type, base, expression, target]))
    .digest('hex');

const hashOf = (value: unknown): string =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);
