import { choiceProperty, elementTypes, supertypes } from '../../../model/elements.js';
import { isObject } from '../../../json/json.js';
import type { SearchParameterType } from '../../parameters/search-parameter.js';
import { dateIndexers } from './date-indexers.js';
import { numberIndexers } from './number-indexers.js';
import { positionIndexers } from './position-indexers.js';
import { quantityIndexers } from './quantity-indexers.js';
import { referenceIndexers } from './reference-indexers.js';
import { stringIndexers } from './string-indexers.js';
import { tokenIndexers } from './token-indexers.js';
import { uriIndexers } from './uri-indexers.js';
import type { ValueIndexer, ValueIndexers } from './value-indexer.js';

/** Composites are put together from these. */
const indexersByType: Readonly<Record<SearchParameterType, ValueIndexers>> = {
  token: tokenIndexers,
  reference: referenceIndexers,
  string: stringIndexers,
  uri: uriIndexers,
  date: dateIndexers,
  number: numberIndexers,
  quantity: quantityIndexers,
  composite: {},
  special: positionIndexers,
};

/** Returns the indexer of a data type for a type of parameter; undefined when R4 gives the pair no meaning. */
export function indexerFor(parameterType: SearchParameterType, dataType: string): ValueIndexer | undefined {
  if (dataType === 'Extension') return extensionIndexer(parameterType);
  const indexers = indexersByType[parameterType];
  const type = supertypes(dataType).find((name) => Object.hasOwn(indexers, name));
  return type === undefined ? undefined : indexers[type];
}

/** HL7's parameters over extensions name the extension and mean its value. */
function extensionIndexer(parameterType: SearchParameterType): ValueIndexer {
  const values = (elementTypes('Extension', 'value')?.types ?? []).flatMap((type) => {
    const indexer = type === 'Extension' ? undefined : indexerFor(parameterType, type);
    return indexer ? [{ property: choiceProperty('value', type), indexer }] : [];
  });
  return (extension, sink, system) => {
    if (!isObject(extension)) return;
    for (const { property, indexer } of values) {
      const value = extension[property];
      if (value !== undefined && value !== null) indexer(value, sink, system);
    }
  };
}
