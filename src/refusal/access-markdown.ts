import { accessDocument, type Block } from './access-document.js';
import { families } from './access-families.js';
import type { RefusalLinks } from './challenge.js';
import { decisionPicture } from './access-picture.js';
import { pictureStyle } from './access-style.js';
import type { Reason } from './reason.js';

/** `docs/access.md`: the page `/docs/access` for readers of the repository. */
export function accessMarkdown(links: RefusalLinks): string {
  const codes = families.flatMap(([, family]) => Object.keys(family));
  return [
    '<!-- Made from src/refusal by its tests (npx vitest run --project unit src/refusal -u); change it there. -->',
    '# Access',
    ...accessDocument(links).map(blockMarkdown),
    '## All codes',
    codes.map((code) => `[\`${code}\`](#${code})`).join(' · '),
    ...families.flatMap(([title, family]) => [`## ${title}`, ...Object.entries(family).map(reasonMarkdown)]),
    '',
  ].join('\n\n');
}

function blockMarkdown(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<a id="${block.id}"></a>\n\n${'#'.repeat(block.level)} ${block.text}`;
    case 'list':
      return block.items.map((item) => `- ${item}`).join('\n');
    case 'code': {
      const refused = block.refused === undefined ? '' : `<!-- refused: ${block.refused} -->\n`;
      return `${refused}\`\`\`${block.language}\n${block.text}\n\`\`\``;
    }
    case 'picture':
      return '![How a request is decided: the same steps as in the list of codes below, each with its status](access.svg)';
    default:
      return block.text;
  }
}

const reasonMarkdown = ([code, { title, meaning, cure, status }]: readonly [string, Reason]): string =>
  `<a id="${code}"></a>\n\n### \`${code}\` (${status})\n\n**${title}.** ${meaning}\n\n→ ${cure}`;

/** `docs/access.svg`: the picture with colours of its own, for both schemes. */
export const accessSvg = (): string => `${decisionPicture().text.replace('>', `><style>${pictureStyle}</style>`)}\n`;
