/**
 * What stands for a package where a CodeSystem was loaded with its concepts in tables of their own (docs/adr/0082). Such code systems
 * go before those of packages, which often have a name and no concepts for the same url.
 */
export const loadedPackage = 'lanyard.terminology';

/** `origin`: `name@version`. */
export const isLoaded = (origin: string): boolean => origin.startsWith(`${loadedPackage}@`);
