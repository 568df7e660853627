import { listed } from '../../errors/listed.js';
import { nearest } from '../../model/nearest.js';
import { printable } from '../../errors/request-errors.js';
import type { Criterion } from './criterion.js';
import { misfit } from '../values/invalid-search-value.js';
import { findModifier, modifierNames, plain, takesMissing } from '../values/modifiers.js';
import { NotSearchable } from './not-searchable.js';
import { compositeParser } from '../values/parse-composite-value.js';
import { parseValues } from '../values/parse-filter.js';
import { isHierarchyDirection, parseHierarchy } from '../links/parse-hierarchy.js';
import type { SearchParameter } from '../parameters/search-parameter.js';
import type { ValueSettings } from '../values/value-settings.js';

/** A criterion of one parameter as it is written: `code:modifier=value`. */
export interface WrittenCriterion {
  readonly parameter: SearchParameter;
  readonly modifier?: string | undefined;
  readonly value: string;
}

/** Settings for the reading of a parameter. */
export interface ParameterSettings extends ValueSettings {
  /** The definitions that the components of a composite name. */
  readonly findByUrl: (url: string) => SearchParameter | undefined;
}

/** Throws {@link NotSearchable} for a modifier that the parameter does not take, 400 for a wrong value. */
export function parseParameter(
  { parameter, modifier, value }: WrittenCriterion,
  settings: ParameterSettings,
): Criterion {
  if (modifier === 'missing' && takesMissing(parameter)) return parseMissing(parameter, value);
  if (parameter.type === 'reference' && isHierarchyDirection(modifier)) {
    return parseHierarchy({ parameter, value }, modifier, settings);
  }
  const { parse, not } = modifier === undefined ? unmodified(parameter, value, settings) : known(parameter, modifier);
  const named = modifier === undefined ? parameter : { ...parameter, code: `${parameter.code}:${modifier}` };
  const criterion: Criterion = {
    kind: 'filter',
    filter: { parameter, values: parseValues(named, value, settings, parse) },
  };
  return not ? { kind: 'not', of: criterion } : criterion;
}

/** `:missing=true`: rows without any value of the parameter. */
function parseMissing(parameter: SearchParameter, value: string): Criterion {
  if (value !== 'true' && value !== 'false') {
    const named = { ...parameter, code: `${parameter.code}:missing` };
    throw misfit(named, printable(value), 'it is true or false.', 'true');
  }
  const present: Criterion = { kind: 'filter', filter: { parameter, values: [{ kind: 'present' }] } };
  return value === 'true' ? { kind: 'not', of: present } : present;
}

function unmodified(parameter: SearchParameter, value: string, { findByUrl }: ParameterSettings) {
  if (parameter.type !== 'composite') return plain(parameter, value);
  const components = (parameter.component ?? []).flatMap(({ definition }) => findByUrl(definition) ?? []);
  return { parse: compositeParser(components) };
}

function known(parameter: SearchParameter, name: string) {
  const modifier = findModifier(parameter, name);
  if (modifier) return modifier;
  throw new NotSearchable(modifierFact(parameter, name));
}

function modifierFact(parameter: SearchParameter, name: string): string {
  const { code, type } = parameter;
  const names = modifierNames(parameter);
  const fact = `The modifier ":${printable(name)}" is not offered for ${code}, a parameter of type ${type}`;
  if (names.length === 0) return `${fact}; it takes no modifiers.`;
  const suggestion = nearest(name, names);
  const shown = names.map((one) => `:${one}`);
  const list = `It takes ${listed(shown, 20)}.`;
  return `${fact}.${suggestion === undefined ? '' : ` Did you mean :${suggestion}?`} ${list}`;
}
