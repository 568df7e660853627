/** The FHIRPath constraints of the R4 types, each where it is declared, with HL7's mistakes corrected. */
import { corrections } from './invariant-corrections.mjs';
import { readAll } from './hl7-package.mjs';

/** Tracing is for authors; the engine would print it. */
const withoutTrace = (expression) => expression.replace(/\.trace\('[^']*'(?:, ?\w+)?\)/g, '');

const nameRule = /^[a-z]+-0$/;
const nameExpression = "name.exists() implies name.matches('^[A-Z]([A-Za-z0-9_]){0,254}$')";

/** A warning asks every conformance resource for a computable name; HL7 meant the whole name, and only where there is one. */
const expressionOf = ({ key, expression }, path) =>
  nameRule.test(key) ? nameExpression : (corrections[`${path} ${key}`]?.expression ?? withoutTrace(expression));

const compactInvariant = (constraint, path) => ({
  key: constraint.key,
  severity: constraint.severity,
  human: constraint.human,
  expression: expressionOf(constraint, path),
});

const declaredKeys = (definitions) =>
  new Map(
    definitions.map(({ type, snapshot }) => [type, new Set(snapshot.element[0].constraint?.map(({ key }) => key))]),
  );

/** Keys that the element's type, or the type that the root specialises, brings along. */
const inheritedKeys = (definition, element, keys) => {
  const types = element.path.includes('.') ? (element.type ?? []).map(({ code }) => code) : [];
  const parent = element.path.includes('.') ? 'Element' : definition.baseDefinition?.split('/').at(-1);
  return new Set([...types, parent].flatMap((type) => [...(keys.get(type) ?? [])]));
};

/** Path of a type, backbone element or element → its invariants. */
export function invariants(definitions) {
  const simpleQuantity = readAll('StructureDefinition').find(({ id }) => id === 'SimpleQuantity');
  const keys = declaredKeys(definitions);
  const found = {};
  for (const definition of [...definitions, { ...simpleQuantity, type: 'SimpleQuantity' }]) {
    if (definition.kind === 'primitive-type') continue;
    for (const element of definition.snapshot.element) {
      const path = element.path === 'Quantity' ? definition.type : element.path.replace('[x]', '');
      const inherited = inheritedKeys(definition, element, keys);
      const own = (element.constraint ?? []).filter(({ key }) => !inherited.has(key));
      if (own.length > 0) found[path] = own.map((constraint) => compactInvariant(constraint, path));
    }
  }
  const unused = Object.keys(corrections).filter((name) => {
    const [path, key] = name.split(' ');
    return !found[path]?.some((invariant) => invariant.key === key);
  });
  if (unused.length > 0) throw new Error(`corrections of unknown invariants: ${unused.join(', ')}`);
  return found;
}
