import type { SearchParameter } from './search-parameter.js';

/**
 * Stands for the form of all index entries: what was indexed in another form is indexed anew when the server starts. Its
 * expression is changed whenever that form is.
 */
export const indexLayout: SearchParameter = {
  code: 'every parameter',
  type: 'special',
  url: 'urn:lanyard:index-layout',
  base: ['Resource'],
  expression: '5',
};
