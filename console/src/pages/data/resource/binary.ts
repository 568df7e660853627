/** How a content can be shown: as an image, as a page without scripts in a frame of its own, as text, or not at all. */
export type Shown = 'image' | 'page' | 'text' | 'nothing';

export interface Content {
  readonly contentType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The content in base64. */
  readonly data: string;
}

/** The content of a Binary (https://hl7.org/fhir/R4/binary.html); undefined where it has none. */
export function contentOf(resource: unknown): Content | undefined {
  const { contentType, data } = Object(resource) as { readonly contentType?: unknown; readonly data?: unknown };
  if (typeof contentType !== 'string' || typeof data !== 'string') return undefined;
  try {
    return { contentType, data, bytes: Uint8Array.from(atob(data), (char) => char.charCodeAt(0)) };
  } catch {
    return undefined;
  }
}

const images = /^image\/(?:png|jpeg|gif|webp|bmp|avif)$/;
const pages = /^(?:text\/html|application\/xhtml\+xml|image\/svg\+xml)$/;
const texts = /^(?:text\/.+|application\/(?:.+\+)?(?:json|xml)|application\/x-ndjson)$/;

/** The media type without its parameters. */
export const essenceOf = (contentType: string): string => contentType.split(';')[0]!.trim().toLowerCase();

export function shownAs(contentType: string): Shown {
  const essence = essenceOf(contentType);
  if (images.test(essence)) return 'image';
  if (pages.test(essence)) return 'page';
  return texts.test(essence) ? 'text' : 'nothing';
}
