/** Values of primitive types (https://hl7.org/fhir/R4/datatypes.html#primitive). */
import { ExactNumber, type Json } from '../json/json.js';
import { checkCode, checkLanguage } from './bindings.js';
import { illegalCharacter } from '../xml/escape.js';
import { narrativeFault } from '../xml/embed-narrative.js';
import { foundText } from './found-text.js';
import { findNarrativeProblem } from './narrative.js';
import { type PrimitiveFormat, primitiveFormats } from './primitive-formats.js';
import type { ElementRules, ValueCheck } from './property.js';
import type { ValidationRun } from './validation-run.js';
import { valueSetCodes } from '../model/value-sets.js';

/** 1 MB, as R4 says it for strings: 1024 × 1024 characters. */
const longestText = 1_048_576;
const textTypes = new Set(['string', 'markdown']);
const addressTypes = new Set(['uri', 'url', 'canonical', 'string']);

export function primitiveCheck(type: string, rules: ElementRules): ValueCheck {
  const format = primitiveFormats.get(type)!;
  const followUp = followUpOf(type, rules);
  return (value, run) => {
    if (isOfKind(value, format)) {
      const illegal = typeof value === 'string' ? illegalCharacter(value) : undefined;
      if (illegal !== undefined) run.report('illegal-character', 'characters that XML can hold', illegal);
      else if (!format.isValid(value)) run.report('invalid-value', format.expected, foundText(value));
      else followUp?.(value as string, run);
    } else run.report('wrong-shape', shapeOf(format), foundText(value));
  };
}

const isOfKind = (value: Json, { json }: PrimitiveFormat): boolean =>
  typeof value === json || (json === 'number' && value instanceof ExactNumber);

const shapeOf = ({ json, expected }: PrimitiveFormat): string => `${expected}, as a JSON ${json}`;

type TextCheck = (text: string, run: ValidationRun) => void;

/** Returns the check of a text after that of its form, for types that have one. */
function followUpOf(type: string, rules: ElementRules): TextCheck | undefined {
  if (type === 'xhtml') return checkNarrative;
  if (type === 'code') return codeCheck(rules);
  if (type === 'string') return checkString;
  if (textTypes.has(type)) return checkText;
  return addressTypes.has(type) ? noteFragment : undefined;
}

function codeCheck({ values, language }: ElementRules): TextCheck | undefined {
  if (language) return checkLanguage;
  const valueSet = values === undefined ? undefined : valueSetCodes(values);
  return valueSet && ((text, run) => checkCode(text, valueSet, run));
}

function checkString(text: string, run: ValidationRun): void {
  checkText(text, run);
  noteFragment(text, run);
}

function checkText(text: string, run: ValidationRun): void {
  if (text.length > longestText) {
    run.report('text-too-long', `at most ${longestText} characters`, `${text.length} characters`);
  } else if (isBlank(text)) run.report('blank-text', 'text with something to read', 'only white space');
}

/** Most texts begin with a letter, which is quickly seen. */
const isBlank = (text: string): boolean => text.charCodeAt(0) <= 32 && text.trim() === '';

function checkNarrative(text: string, run: ValidationRun): void {
  const { mentions } = run.context.root;
  const problem = findNarrativeProblem(text, mentions && ((fragment) => mentions.fragments.add(fragment)));
  if (!problem) return;
  run.report(problem.code, problem.expected, problem.found);
  // Another root than a div in its namespace is a breach of txt-1, and no XML document can hold it.
  const fault = problem.code === 'malformed-narrative' ? undefined : narrativeFault(text);
  if (fault !== undefined) run.report('malformed-narrative', 'well-formed XHTML', `a div that ${fault}`);
}

/** dom-3 asks which contained resources are referenced. */
function noteFragment(text: string, { context }: ValidationRun): void {
  if (text.charCodeAt(0) !== 35) return;
  if (text === '#') context.root.mentions?.referring.add(context.resource);
  else context.root.mentions?.fragments.add(text);
}
