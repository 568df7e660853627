import { type Html, html } from './html.js';

interface Step {
  readonly question: string;
  readonly refused: string;
}

/** Steps that token and request line alone decide; `hidden` is decided by stored data. */
const told: readonly Step[] = [
  { question: 'One credential, in the header?', refused: '401 or 400' },
  { question: 'A valid token for this server?', refused: '401; 503' },
  { question: 'A scope for this type and action?', refused: '403' },
  { question: 'The patient of the token?', refused: '403' },
  { question: 'Does every policy agree?', refused: '403' },
];
const hidden: Step = { question: 'Is the row within reach?', refused: '404, left out' };

const rowHeight = 58;
const left = 14;
const width = 262;
const toldHeight = told.length * rowHeight + 34;
const hiddenTop = toldHeight + 22;
const height = hiddenTop + rowHeight + 92;

const description =
  'From top to bottom. Token and request line alone decide, and every no is explained in full: one credential in the header, else 401 or 400; a valid token for this server, else 401, or 503 if that cannot be checked now; a scope for this type and action, else 403; the patient of the token, else 403; every policy agrees, else 403. Stored data decides last, and a no looks like "does not exist": a row out of reach is 404 or left out. Then the answer is 2xx.';

/** The checks from top to bottom, each with the answer that a "no" gets; it takes its colours from the text around it. */
export const decisionPicture = (): Html =>
  html`<svg
    viewBox="0 0 440 ${height}"
    role="img"
    aria-labelledby="picture-title picture-description"
    xmlns="http://www.w3.org/2000/svg"
  >
    <title id="picture-title">How a request is decided</title>
    <desc id="picture-description">${description}</desc>
    <rect class="group" x="2" y="2" width="436" height="${toldHeight}" rx="10" />
    <text class="label" x="${left}" y="22">Token and request line alone: explained in full</text>
    ${told.map((step, i) => row(step, 32 + i * rowHeight))}
    <rect class="group" x="2" y="${hiddenTop}" width="436" height="${rowHeight + 16}" rx="10" />
    <text class="label" x="${left}" y="${hiddenTop + 20}">Stored data: a no looks like “does not exist”</text>
    ${row(hidden, hiddenTop + 30)}
    <rect class="done" x="${left}" y="${hiddenTop + 30 + rowHeight}" width="${width}" height="38" rx="6" />
    <text x="${left + width / 2}" y="${hiddenTop + 54 + rowHeight}" text-anchor="middle">the answer, 2xx</text>
  </svg>`;

const row = ({ question, refused }: Step, y: number): Html =>
  html`<rect x="${left}" y="${y}" width="${width}" height="38" rx="6" />
    <text x="${left + width / 2}" y="${y + 24}" text-anchor="middle">${question}</text>
    <path d="M${left + width} ${y + 19}h26m-6-5 6 5-6 5" />
    <text class="no" x="${left + width + 34}" y="${y + 24}">${refused}</text>
    <path d="M${left + width / 2} ${y + 38}v20m-5-6 5 6 5-6" />`;
