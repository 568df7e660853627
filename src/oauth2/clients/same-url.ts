/** Clients write our base with a slash at the end or without. */
export const sameUrl = (left: string, right: string): boolean => withoutSlash(left) === withoutSlash(right);

const withoutSlash = (url: string): string => (url.endsWith('/') ? url.slice(0, -1) : url);
