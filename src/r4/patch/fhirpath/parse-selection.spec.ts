import { describe, expect, it } from 'vitest';
import { parseSelection } from './parse-selection.js';

describe('the path of an operation', () => {
  it.each([
    ['Patient', 'Patient', []],
    ['$this', undefined, []],
    ['name.given', undefined, ['element name', 'element given']],
    ['Patient.name[1].given[0]', 'Patient', ['element name', 'item 1', 'element given', 'item 0']],
    ['Patient.text.`div`', 'Patient', ['element text', 'element div']],
    ['Patient.text.div', 'Patient', ['element text', 'element div']],
    ['Patient.name.first().given.last()', 'Patient', ['element name', 'item 0', 'element given', 'item -1']],
    ["extension('http://x.example/it\\'s').value", undefined, ["extension http://x.example/it's", 'element value']],
    ['(Observation.value as Quantity).value', 'Observation', ['element value', 'ofType Quantity', 'element value']],
    ['Observation.value.ofType(FHIR.Quantity)', 'Observation', ['element value', 'ofType Quantity']],
    ['Observation.value.as(string)', 'Observation', ['element value', 'ofType string']],
    [
      "Patient.name.where(use='official' and (given.exists() or $this.text != 'a'))",
      'Patient',
      ['element name', "where use = 'official' and (given.exists() or $this.text != 'a')"],
    ],
    ["a.where(b.where(c > -1)[0].d in 'x')", undefined, ['element a', "where b.where(c > -1)[0].d in 'x'"]],
    ['ValueSet.expansion.contains // all of them', 'ValueSet', ['element expansion', 'element contains']],
  ])('is read: %s', (text, startType, steps) => {
    const selection = parseSelection(text);
    expect(selection.startType).toBe(startType);
    expect(selection.steps.map((step) => Object.values(step).join(' '))).toEqual(steps);
  });

  it.each([
    ['', 'is not FHIRPath'],
    ['Patient.', 'is not FHIRPath'],
    ['Patient.name[', 'is not FHIRPath'],
    ["'Patient'", 'does not select elements'],
    ['Patient.name | Patient.address', 'does not select elements'],
    ['Patient.name.count() = 1', 'does not select elements'],
    ['1 + 1', 'does not select elements'],
    ['%resource.name', 'does not select elements'],
    ['Observation.subject.resolve().name', '"resolve()" does not select elements'],
    ['Patient.descendants()', '"descendants()" does not select elements'],
    ['Patient.name.where()', '"where()" does not select elements'],
    ['Patient.name.constructor()', '"constructor()" does not select elements'],
    ['Patient.name is HumanName', 'does not select elements'],
    ['Patient.name[given]', 'Only a number selects an item'],
    ['Patient.name[-1]', 'Only a number selects an item'],
    ['Patient.extension(url)', 'takes the URL as a string'],
    ['Patience.name', '"Patience" is not a FHIR type'],
    ['Observation.value as Quantitty', '"Quantitty" is not a FHIR type'],
    ['Observation.value.ofType(System.String)', '"System.String" is not a FHIR type'],
    ["Patient.name.where(family.matches('(a+)+$'))", '"matches()" is not offered'],
    ['Patient.name.where(%resource.name.exists())', '"resource" is not offered'],
    ['Patient.name.where(given ~ family)', '"~" is not offered'],
    ['Patient.name.where((given | family).exists())', '"|" is not offered'],
    ["Patient.name.where(trace('x').exists())", '"trace()" is not offered'],
    ['Patient.name.where(repeat(extension).exists())', '"repeat()" is not offered'],
    ["Patient.name.where(extension.value = 1 'mg')", 'is not offered'],
    [`a${'.where(a'.repeat(21)}${')'.repeat(21)}`, 'at most 20 opening brackets'],
    ['a'.repeat(1_001), 'at most 1000 characters'],
  ])('is refused: %s', (text, fact) => {
    expect(() => parseSelection(text)).toThrow(fact);
  });
});
