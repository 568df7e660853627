import type * as Library from 'oidc-provider';

/** Known warnings of the library: it is tested on Node 20 here, and its bodies are read by us on purpose. */
const known = /oidc-provider WARNING: (?:Unsupported runtime|already parsed request body)/;

// oxlint-disable no-console -- the library writes there and takes no logger
const { warn } = console;
console.warn = (...texts: unknown[]): void => {
  if (!known.test(String(texts[0]))) warn(...texts);
};
// oxlint-enable no-console

// After the filter above: it warns while it is loaded.
const library = await import('oidc-provider');

export const Provider: typeof Library.Provider = library.Provider;
export type OidcProvider = Library.Provider;
export const errors: typeof Library.errors = library.errors;
export const interactionPolicy: typeof Library.interactionPolicy = library.interactionPolicy;
