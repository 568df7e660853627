import { type Html, html } from './html.js';

const steps = [
  { question: 'Is there one credential?', refused: '401, 400' },
  { question: 'Is it a valid token for this server?', refused: '401' },
  { question: 'Does a scope cover type and action?', refused: '403' },
  { question: 'Is it about the right patient?', refused: '403' },
  { question: 'Does every policy agree?', refused: '403' },
  { question: 'Is the row within reach?', refused: '404, left out' },
] as const;

const rowHeight = 62;
const height = steps.length * rowHeight + 50;

/** The checks from top to bottom, each with the answer that a "no" gets. */
export const decisionPicture = (): Html =>
  html`<svg
    viewBox="0 0 440 ${height}"
    role="img"
    aria-label="Six checks, one after the other; each no has its own status"
  >
    ${steps.map(({ question, refused }, i) => step(question, refused, 4 + i * rowHeight))}
    <rect class="done" x="4" y="${4 + steps.length * rowHeight}" width="300" height="40" rx="6" />
    <text x="154" y="${29 + steps.length * rowHeight}" text-anchor="middle">2xx</text>
  </svg>`;

const step = (question: string, refused: string, y: number): Html =>
  html`<rect x="4" y="${y}" width="300" height="40" rx="6" />
    <text x="154" y="${y + 25}" text-anchor="middle">${question}</text>
    <path d="M304 ${y + 20}h26m-6-5 6 5-6 5" />
    <text class="no" x="336" y="${y + 25}">${refused}</text>
    <path d="M154 ${y + 40}v22m-5-6 5 6 5-6" />`;
