/** The same name typed on another keyboard is the same name. */
export const canonicalName = (name: string): string => name.normalize('NFC');

export const isUserName = (name: string): boolean => name.length > 0 && name.length <= 256 && !/\p{Cc}/u.test(name);
