import type { CriteriaSettings } from './criteria-settings.js';
import type { Criterion } from './criterion.js';
import { parseFilterExpression } from '../filter-expression/parse-filter-expression.js';
import { parseList } from '../links/parse-list.js';
import type { WrittenCriterion } from './parse-parameter.js';
import { parseWords } from '../words/parse-words.js';

/** Reads the value of a parameter that has a syntax of its own, on rows of `type`. */
export type ParseOwnSyntax = (type: string, written: WrittenCriterion, settings: CriteriaSettings) => Criterion;

const readWords: ParseOwnSyntax = (_type, written, { base, timeZone, offer }) =>
  parseWords(written, { base, timeZone, findByUrl: (url) => offer.findByUrl(url) });

const ownSyntax: ReadonlyMap<string, ParseOwnSyntax> = new Map<string, ParseOwnSyntax>([
  ['_content', readWords],
  ['_filter', parseFilterExpression],
  ['_list', parseList],
  ['_text', readWords],
]);

/** True if the values of a parameter follow no type of parameter: they are criteria without an expression. */
export const hasOwnSyntax = (code: string): boolean => ownSyntax.has(code);

export const findOwnSyntax = (code: string): ParseOwnSyntax | undefined => ownSyntax.get(code);
