import type { SearchParameter } from '../../../src/r4/search/parameters/search-parameter.js';
import { pointsTo, targetsOf } from '../../../src/r4/search/parameters/reference-targets.js';
import type { Stored } from '../../support/published-examples.js';
import type { Content } from './content.js';
import { changedDate, changedNumber, changedText, escaped, prefixed, unescaped } from './changed-values.js';
import type { Random } from '../../support/random.js';

/** One `name=value` of a search of a type. */
export interface Criterion {
  readonly type: string;
  readonly parameter: SearchParameter;
  readonly modifier?: string;
  readonly value: string;
}

export const nameOf = ({ parameter, modifier }: Criterion): string =>
  modifier === undefined ? parameter.code : `${parameter.code}:${modifier}`;

export const written = (name: string, value: string): string => `${name}=${encodeURIComponent(value)}`;

export const textOf = (criterion: Criterion): string => written(nameOf(criterion), criterion.value);

/** A reference in a resource to one that is stored. */
export interface Link {
  readonly source: Stored;
  readonly parameter: SearchParameter;
  readonly target: Stored;
}

export const takesMissing = ({ type }: SearchParameter): boolean => type !== 'composite' && type !== 'special';

/** Types whose values may have a prefix, such as `ge`. */
export const takesPrefix = ({ type }: Pick<SearchParameter, 'type'>): boolean =>
  ['date', 'number', 'quantity'].includes(type);

/** They search words, not texts. */
export const words: ReadonlySet<string> = new Set(['_content', '_text']);

/** Makes criteria from what is stored. */
export class Criteria {
  constructor(
    readonly content: Content,
    private readonly random: Random,
    private readonly base: string,
  ) {}

  /** A type; those with many resources are as frequent as all others. */
  type(): string {
    const types = [...this.content.byType.keys()];
    const many = types.filter((type) => this.content.byType.get(type)!.length > 30);
    return this.random.pick(this.random.chance(0.7) ? many : types);
  }

  resource(type: string): Stored {
    return this.random.pick(this.content.byType.get(type)!);
  }

  /** Any criterion without a link; undefined if the resource that was looked at yields none. */
  of(type: string): Criterion | undefined {
    const criterion = this.random.chance(0.08) ? this.special(type) : this.exact(type);
    return criterion && this.changed(criterion);
  }

  /** Several criteria on rows of a type. */
  several(type: string, count: number): readonly Criterion[] {
    return Array.from({ length: count }, () => this.of(type)).filter((one) => one !== undefined);
  }

  /** A value that a resource has, of parameters that `isWanted`. */
  exact(type: string, isWanted: (parameter: SearchParameter) => boolean = () => true): Criterion | undefined {
    const found = this.content
      .queriesOf(this.resource(type))
      .map(({ code, text }) => ({ parameter: this.content.parameters.find(type, code)!, text }))
      .filter(({ parameter }) => isWanted(parameter));
    const one = this.ofAnyParameter(found);
    return one && { type, parameter: one.parameter, value: one.text };
  }

  /** A value of parameters that `isWanted`, of any type that has one. */
  exactOfAny(isWanted: (parameter: SearchParameter) => boolean): Criterion | undefined {
    for (let tries = 0; tries < 40; tries++) {
      const found = this.exact(this.type(), isWanted);
      if (found) return found;
    }
    return undefined;
  }

  /** Parameters that every resource has, and words. */
  private special(type: string): Criterion | undefined {
    const resource = this.resource(type);
    const code = this.random.pick(['_lastUpdated', '_content', '_text']);
    const parameter = this.content.parameters.find(type, code);
    if (!parameter) return undefined;
    if (code === '_lastUpdated') return { type, parameter, value: this.content.lastUpdated(resource) };
    const found = JSON.stringify(resource).match(
      /(?<="(?:display|text|div|status)":"(?:[^"]* )?)[A-Za-z]{4,}(?=[ ".])/g,
    );
    return found === null ? undefined : { type, parameter, value: this.random.pick(found) };
  }

  /** Another value that may find as much, less, more or nothing. */
  changed(criterion: Criterion): Criterion {
    const { parameter, value } = criterion;
    if (this.random.chance(0.04) && takesMissing(parameter))
      return { ...criterion, modifier: 'missing', value: this.random.pick(['true', 'false']) };
    switch (parameter.type) {
      case 'date':
        return { ...criterion, value: prefixed(changedDate(value, this.random), this.random, ['ap']) };
      case 'number':
      case 'quantity':
        return { ...criterion, value: prefixed(changedNumber(value, this.random), this.random) };
      case 'string':
        return this.changedString(criterion);
      case 'token':
        return this.changedToken(criterion);
      case 'reference':
        return this.changedReference(criterion);
      case 'uri':
        return this.changedUri(criterion);
      default:
        return criterion;
    }
  }

  private changedString(criterion: Criterion): Criterion {
    if (words.has(criterion.parameter.code)) return criterion;
    const modifier = this.random.pick([undefined, undefined, undefined, 'exact', 'contains']);
    const text = unescaped(criterion.value);
    if (modifier === 'exact' && this.random.chance(0.5)) return { ...criterion, modifier };
    const value = escaped(changedText(text, modifier === 'contains', this.random));
    return { ...criterion, ...(modifier && { modifier }), value };
  }

  private changedToken(criterion: Criterion): Criterion {
    if (this.random.chance(0.2)) return { ...criterion, modifier: 'not' };
    if (this.random.chance(0.05)) return { ...criterion, value: criterion.value.toUpperCase() };
    if (this.random.chance(0.1) && criterion.parameter.code !== '_id') {
      const text = JSON.stringify(this.resource(criterion.type)).match(/(?<="(?:display|text)":")\w{4,}(?=[" ])/g);
      if (text) return { ...criterion, modifier: 'text', value: this.random.pick(text) };
    }
    return criterion;
  }

  private changedReference(criterion: Criterion): Criterion {
    const [type = '', id] = criterion.value.split('/');
    if (id === undefined || criterion.value.includes(':')) return criterion;
    const how = this.random.below(4);
    if (how === 0) return { ...criterion, value: id };
    if (how === 1) return { ...criterion, value: `${this.base}/${criterion.value}` };
    if (how === 2 && targetsOf(criterion.parameter).includes(type)) return { ...criterion, modifier: type, value: id };
    return criterion;
  }

  private changedUri(criterion: Criterion): Criterion {
    const modifier = this.random.pick([undefined, 'below', 'above']);
    if (modifier === undefined || criterion.value.startsWith('urn:')) return criterion;
    const parts = criterion.value.split('/');
    const cut = parts.length > 4 && this.random.chance(0.6) ? parts.slice(0, -1) : parts;
    return { ...criterion, modifier, value: modifier === 'below' ? cut.join('/') : `${criterion.value}/more` };
  }

  /** A reference from a resource of the type to a stored one. */
  link(type: string): Link | undefined {
    const source = this.resource(type);
    const found = this.content.queriesOf(source).flatMap(({ code, text }) => {
      const parameter = this.content.parameters.find(type, code)!;
      const target = parameter.type === 'reference' ? this.content.byAddress.get(text) : undefined;
      return target && pointsTo(parameter, target.resourceType) ? [{ source, parameter, target }] : [];
    });
    return this.ofAnyParameter(found);
  }

  /** One of them: each parameter is as frequent as the others, however many of them it has. */
  private ofAnyParameter<T extends { readonly parameter: SearchParameter }>(found: readonly T[]): T | undefined {
    if (found.length === 0) return undefined;
    const code = this.random.pick([...new Set(found.map(({ parameter }) => parameter.code))]);
    return this.random.pick(found.filter(({ parameter }) => parameter.code === code));
  }

  /** Addresses of stored resources that a resource refers to by the parameter, as its body says. */
  targets(source: Stored, code: string): readonly string[] {
    return this.content
      .queriesOf(source)
      .filter((one) => one.code === code)
      .map(({ text }) => (text.startsWith(`${this.base}/`) ? text.slice(this.base.length + 1) : text))
      .filter((text) => this.content.byAddress.has(text));
  }
}
