/** Red, green and blue, each from 0 to 255. */
type Rgb = readonly [red: number, green: number, blue: number];

const white: Rgb = [255, 255, 255];
/** Backgrounds of the pages: the page in light, the card in dark. */
const lightPage: Rgb = [0xf3, 0xf5, 0xf8];
const darkCard: Rgb = [0x19, 0x21, 0x2b];
/** WCAG 2.2, 1.4.3: text of normal size. */
const leastContrast = 4.5;
/** Part of the background in the soft form of a colour. */
const [softOfLight, softOfDark] = [0.9, 0.82];

/** Forms of an organisation's colour for both schemes, as `#rrggbb`. */
export interface ColourForms {
  readonly light: string;
  readonly lightSoft: string;
  readonly dark: string;
  readonly darkSoft: string;
}

/** Forms of a colour that {@link isReadable} takes: in dark, as light as it has to be. */
export function colourForms(colour: string): ColourForms {
  const light = rgbOf(colour);
  const dark = steps(light, white).find((one) => isReadableInDark(one)) ?? white;
  return {
    light: hexOf(light),
    lightSoft: hexOf(mix(light, white, softOfLight)),
    dark: hexOf(dark),
    darkSoft: hexOf(mix(dark, darkCard, softOfDark)),
  };
}

/** True if white on it, and itself on the pages, can be read. */
export const isReadable = (colour: string): boolean => isReadableInLight(rgbOf(colour));

/** The nearest darker colour that {@link isReadable} takes. */
export const nearestReadable = (colour: string): string =>
  hexOf(steps(rgbOf(colour), [0, 0, 0]).find((one) => isReadableInLight(one)) ?? [0, 0, 0]);

const isReadableInLight = (colour: Rgb): boolean =>
  [white, lightPage, mix(colour, white, softOfLight)].every((ground) => contrast(colour, ground) >= leastContrast);

const isReadableInDark = (colour: Rgb): boolean =>
  [darkCard, mix(colour, darkCard, softOfDark)].every((ground) => contrast(colour, ground) >= leastContrast);

/** The colour, and on to another one, in hundredths of the way. */
const steps = (from: Rgb, to: Rgb): readonly Rgb[] => Array.from({ length: 101 }, (_, i) => mix(from, to, i / 100));

const mix = (one: Rgb, other: Rgb, part: number): Rgb => {
  const [red, green, blue] = one.map((value, i) => Math.round(value + (other[i]! - value) * part));
  return [red!, green!, blue!];
};

/** WCAG 2.2, "contrast ratio". */
function contrast(one: Rgb, other: Rgb): number {
  const [light, dark] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light! + 0.05) / (dark! + 0.05);
}

function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

const rgbOf = (colour: string): Rgb => {
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return [red!, green!, blue!];
};

const hexOf = (colour: Rgb): string => `#${colour.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
