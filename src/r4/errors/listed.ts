/** Names in a text for people: the first `most` of them, and how many more there are. */
export const listed = (names: readonly string[], most: number): string =>
  names.length > most ? `${names.slice(0, most).join(', ')} and ${names.length - most} more` : names.join(', ');
