/**
 * Name in place of that of a package where a CodeSystem was loaded with its concepts in tables of their own (docs/adr/0082). Such code systems
 * go before those of packages, which often have a name and no concepts for the same url.
 */
export const loadedPackage = 'lanyard.terminology';

/** `origin`: `name@version`. */
export const isLoaded = (origin: string): boolean => origin.startsWith(`${loadedPackage}@`);

const prefix = 'loaded-';

/** Of a CodeSystem that stands for a load; `hash`: of its url and version. */
export const loadedId = (hash: string): string => `${prefix}${hash}`;

/** True if the resource may be one that was loaded; the table of loads knows. */
export const isLoadedId = (id: string): boolean => id.startsWith(prefix);
