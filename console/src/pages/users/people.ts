export const personTypes = ['Practitioner', 'Patient', 'RelatedPerson', 'Person'] as const;

export interface Person {
  readonly reference: string;
  readonly name: string;
  readonly birthDate?: string;
}

interface HumanName {
  readonly text?: string;
  readonly family?: string;
  readonly given?: readonly string[];
}
interface Bundle {
  readonly entry?: readonly {
    readonly resource?: {
      readonly resourceType: string;
      readonly id?: string;
      readonly name?: readonly HumanName[];
      readonly birthDate?: string;
    };
  }[];
}

/** The people of an answer to a search; what is no person, such as a warning, is left out. */
export function peopleOf(bundle: Bundle): readonly Person[] {
  return (bundle.entry ?? []).flatMap(({ resource }) => {
    if (resource?.id === undefined || !(personTypes as readonly string[]).includes(resource.resourceType)) return [];
    const { resourceType, id, name = [], birthDate } = resource;
    const person = { reference: `${resourceType}/${id}`, name: nameOf(name[0]) };
    return [birthDate === undefined ? person : { ...person, birthDate }];
  });
}

const nameOf = ({ text, family = '', given = [] }: HumanName = {}): string =>
  text ?? [...given, family].filter((part) => part !== '').join(' ');

/** To choose by: the name, the date of birth, the reference. */
export const labelOf = ({ name, birthDate, reference }: Person): string =>
  [name, birthDate, reference].filter((part) => part !== undefined && part !== '').join(', ');
