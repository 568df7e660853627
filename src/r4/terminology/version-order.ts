/**
 * A text by which versions sort, compared byte by byte: numbers by their value, a release after its pre-releases
 * (https://semver.org, item 11). Versions of other forms, such as dates, sort by their parts.
 */
export function versionOrder(version: string): string {
  const [core = '', ...pre] = version.split('+', 1)[0]!.split('-');
  const release = core.split('.').map(partOrder).join('.');
  return pre.length === 0 ? `${release}.~` : `${release}.!${pre.join('-').split('.').map(partOrder).join('.')}`;
}

const partOrder = (part: string): string => (/^\d+$/.test(part) ? part.padStart(12, '0') : part);
