/** One form of a name, whatever keyboard it was typed on. */
export const canonicalName = (name: string): string => name.normalize('NFC');

export const isUserName = (name: string): boolean => name.length > 0 && name.length <= 256 && !/\p{Cc}/u.test(name);
