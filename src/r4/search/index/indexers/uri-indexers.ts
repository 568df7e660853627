import { plainText, type ValueIndexers } from './value-indexer.js';

/** https://hl7.org/fhir/R4/search.html#uri */
export const uriIndexers: ValueIndexers = {
  uri: (value, sink) => {
    const uri = plainText(value);
    if (uri !== '') sink.url(uri);
  },
  canonical: (value, sink) => {
    const canonical = plainText(value);
    const version = canonical.lastIndexOf('|');
    if (canonical !== '') sink.url(canonical);
    if (version > 0) sink.url(canonical.slice(0, version));
  },
};
