import { Html, html } from '../../../refusal/html.js';
import type { Words } from '../../words/en.js';
import type { Look } from '../look.js';
import { constraintWords } from './categories.js';
import { boxOf, type ConsentPart, type ConsentPiece, consentParts, consentScopes } from './consent-pieces.js';
import { type GroupName, groupNames, groupOf, moreOf, rankOf, titleOf } from './type-groups.js';

/**
 * The permissions of the app, as boxes to tick. Under wide scopes, a box for everything and one for each group cover
 * those inside: nothing below an empty box is shared, whatever is ticked there.
 */
export function resourceChoices({ words }: Look, offered: readonly string[]): Html | string {
  const parts = consentParts(consentScopes(offered));
  if (parts.length === 0) return '';
  const { consent } = words;
  const writes = parts.some((part) => part.writes);
  return html`${
    writes
      ? html`<div class="notice write">
          <p><strong>${consent.writes}</strong> ${consent.writesMore(badge(words))}</p>
        </div>`
      : ''
  }
  ${parts.map((part) => (part.hasBoxes ? boxedPart(words, part) : openPart(words, part)))}`;
}

const badge = ({ consent }: Words): Html => html`<span class="badge write">${consent.badge}</span>`;

const titleOfPart = ({ consent }: Words, { context, writes }: ConsentPart): string =>
  (writes ? consent.changes : consent.sees)[context];

/** The pieces of each group, in the order in which people care. */
function groupsOf({ pieces }: ConsentPart): readonly (readonly [GroupName, readonly ConsentPiece[]])[] {
  const sorted = pieces.toSorted((a, b) => rankOf(a.parsed.type) - rankOf(b.parsed.type));
  return groupNames
    .map((group) => [group, sorted.filter(({ parsed }) => groupOf(parsed.type) === group)] as const)
    .filter(([, own]) => own.length > 0);
}

const openPart = (words: Words, part: ConsentPart): Html =>
  html`<h2>${titleOfPart(words, part)}</h2>
    ${groupsOf(part).map(
      ([group, pieces]) =>
        html`<fieldset class="group">
          <legend>${words.groups[group]}</legend>
          ${pieces.map((piece) => entry(words, piece))}
        </fieldset>`,
    )}`;

/** Closed at first: what is in it stands in one line. */
function boxedPart(words: Words, part: ConsentPart): Html {
  const { consent } = words;
  const title = titleOfPart(words, part);
  const groups = groupsOf(part);
  const names = groups.map(([group]) => words.groups[group]).join(', ');
  return html`<h2>${title}</h2>
    <fieldset class="part boxed group">
      <legend class="sr">${title}</legend>
      <label class="tick whole">
        <input type="checkbox" name="box" value="${boxOf(part, '*')}" checked />
        <span class="what">
          <strong>${consent.everything}</strong> ${part.writes ? badge(words) : ''}
          <span class="more">${names}</span>
          <span class="more">${part.writes ? consent.nothingChanged : consent.nothingSeen}</span>
        </span>
      </label>
      <details class="rest">
        <summary>${consent.leaveOut}<span class="sr">${consent.leaveOutOf(title)}</span></summary>
        <p class="soft">${consent.groupMore}</p>
        ${groups.map(([group, pieces]) => boxedGroup(words, part, group, pieces))}
      </details>
    </fieldset>`;
}

function boxedGroup(words: Words, part: ConsentPart, group: GroupName, pieces: readonly ConsentPiece[]): Html {
  const { consent } = words;
  const title = words.groups[group];
  const types = [...new Set(pieces.map(({ parsed }) => parsed.type))];
  return html`<div class="group boxed">
    <label class="tick whole">
      <input type="checkbox" name="box" value="${boxOf(part, group)}" checked />
      <span class="what"><strong>${title}</strong><span class="more">${examplesOf(words, types)}</span></span>
    </label>
    <details class="rest">
      <summary>${consent.openGroup(types.length)}<span class="sr">${consent.ofGroup(title)}</span></summary>
      <fieldset>
        <legend class="sr">${title}</legend>
        ${pieces.map((piece) => entry(words, piece))}
      </fieldset>
    </details>
  </div>`;
}

const mostExamples = 4;

function examplesOf(words: Words, types: readonly string[]): string {
  const shown = types
    .slice(0, mostExamples)
    .map((type) => titleOf(words, type))
    .join(', ');
  return types.length > mostExamples ? words.listEnd(shown, types.length - mostExamples) : shown;
}

function entry(words: Words, piece: ConsentPiece): Html {
  const { consent } = words;
  const { type, constraints, permissions } = piece.parsed;
  const title = titleOf(words, type);
  const kind = constraints.length === 0 ? undefined : constraintWords(words, type, constraints);
  const detail = piece.writes ? mayWords(words, permissions) : (kind ?? moreOf(words, type));
  return html`<div class="entry">
    <label class="tick">
      <input type="checkbox" name="keep" value="${piece.scope}" checked />
      <span class="what">
        <strong>${title}${piece.narrower.length === 0 ? '' : ` (${consent.allKinds})`}</strong>
        ${piece.writes ? badge(words) : ''}
        <span class="more">${piece.writes && kind !== undefined ? `${kind}: ` : ''}${detail}</span>
      </span>
    </label>
    ${narrowerChoices(words, title, piece)}
  </div>`;
}

/** Nothing is ticked at first, and nothing here is shared: all kinds are the box above. */
const narrowerChoices = (words: Words, title: string, { narrower }: ConsentPiece): Html | string =>
  narrower.length === 0
    ? ''
    : html`<details class="sub">
        <summary>${words.consent.someKinds}<span class="sr">${words.consent.ofType(title)}</span></summary>
        <fieldset>
          <legend class="sr">${title}</legend>
          <p class="soft">${words.consent.someKindsMore}</p>
          ${narrower.map(
            (one) =>
              html`<label class="tick"
                ><input type="checkbox" name="only" value="${one.scope}" /><span class="what"
                  >${words.kinds[one.kind]}</span
                ></label
              >`,
          )}
        </fieldset>
      </details>`;

function mayWords({ consent }: Words, permissions: readonly string[]): string {
  const { may } = consent;
  return consent.mayAll(permissions.flatMap((one) => (one === 'c' || one === 'u' || one === 'd' ? may[one] : [])));
}
