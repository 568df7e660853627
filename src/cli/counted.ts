/** `1 resource`, `2 resources`: with the noun in its number. */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
