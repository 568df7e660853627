/** A media type without its parameters, in lower case: `text/html` of `Text/HTML; charset=utf-8`. */
export const essence = (mediaType: string): string => mediaType.split(';', 1)[0]!.trim().toLowerCase();
