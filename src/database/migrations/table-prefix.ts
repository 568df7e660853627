/** Prefix of the names of everything that an extension keeps in the database: `ext_acme_cardio__` for `@acme/cardio`. */
export const tablePrefix = (extension: string): string =>
  `ext_${extension
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '')}__`;

/** True for the name of a migration of an extension, also of one that is not loaded now. */
export const isOfExtension = (name: string): boolean => /^ext_[a-z0-9_]+__/.test(name);
