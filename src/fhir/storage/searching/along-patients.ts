import { type Chain, typesOf } from '../../../r4/search/query/criterion.js';
import { unitSeparator } from '../../../r4/search/index/index-values.js';
import { patientCompartmentParameters } from '../../../r4/model/patient-compartment.js';
import type { FarEnds } from '../predicates/chain-predicate.js';
import type { CriteriaScope } from '../predicates/criteria-scope.js';
import { criteriaPredicate, farEndsOf } from '../predicates/criterion-predicate.js';
import { reachPredicate } from '../predicates/predicate.js';
import { selectsFew } from '../predicates/selects-few.js';
import { fewEnds, findLinked, without } from './far-ends.js';
import { ofSeveral, onlyPatient, patientIndexes } from './indexed-orders.js';
import { leadingCodes } from './leading-code.js';
import { linkedVersion } from './linked-version.js';
import { type PageCompiler, type SearchGroup, selectMatches } from './search-groups.js';
import { tenant } from '../session/tenant-parameter.js';

/** True if each reference of the parameter to a patient puts the resource into that record: no other parameter may take its code. */
export function opensRecord(type: string, code: string): boolean {
  const codes = patientCompartmentParameters(type);
  return codes.includes(code) || (code === 'patient' && codes.includes('subject'));
}

/**
 * The chain to patients that decides where to start, on a type that an index has patient by patient. Undefined where an index
 * begins with something else that is asked for, and for rules of the access: other indexes serve what is asked beside them.
 */
export function findPatientChain(group: SearchGroup): Chain | undefined {
  const [type = ''] = group.types;
  if (!patientIndexes.has(type)) return undefined;
  const criterion = findLinked(group)?.criterion;
  if (criterion?.kind !== 'chain' || criterion.type !== 'Patient' || !group.criteria.includes(criterion))
    return undefined;
  const isLed = group.criteria.some((one) => one.kind === 'filter' && leadingCodes(type, one.filter) !== undefined);
  return isLed || !opensRecord(type, criterion.parameter) ? undefined : criterion;
}

/**
 * The first rows patient by patient, and each patient's in the order of ids: about as many rows are read as the page has, however many the patients
 * have. Few patients are looked up and sorted; of many, the first are soon found along their ids. Rows in the records of
 * several patients come once, after all others. Undefined where the order is another.
 */
export function alongPatients([group, ...others]: readonly SearchGroup[], compiler: PageCompiler): string | undefined {
  const { order, limit } = compiler;
  const chain = group && others.length === 0 && order.isByPatient ? findPatientChain(group) : undefined;
  if (!group || !chain) return undefined;
  const walk = new PatientWalk(group, chain, compiler);
  const { place, isBackward } = order;
  const isAmongSeveral = place?.[0] === ofSeveral.value;
  const both = [(full: string) => walk.ofOne(full), (full: string) => walk.ofSeveral(full)];
  const parts = isBackward ? both.toReversed() : both;
  // A page that starts in the second part needs nothing of the first one.
  const left = place && isAmongSeveral !== isBackward ? parts.slice(1) : parts;
  const ctes = left.map(
    (part, i) => `part${i} AS MATERIALIZED (${part(i === 0 ? 'true' : `(SELECT count(*) FROM part0) < ${limit}`)})`,
  );
  const hits = left.map((_part, i) => `SELECT * FROM part${i}`).join(' UNION ALL ');
  return `WITH ${walk.far}, ${ctes.join(', ')} SELECT * FROM (${hits}) AS hit ${order.orderBy('hit')} LIMIT ${limit}`;
}

/**
 * The first rows of those that {@link alongPatients} finds, of no more than `most` Patients in their order, whether they satisfy the chain or not. Undefined
 * where no chain decides, for a page that starts among the rows of several patients, and for a chain that leads to few patients as a rule: tokens may
 * be of many, but identifiers, names and dates are not.
 */
export function alongFirstPatients(group: SearchGroup, compiler: PageCompiler, most: number): string | undefined {
  const { order, limit } = compiler;
  const chain = order.place?.[0] === ofSeveral.value ? undefined : findPatientChain(group);
  if (!chain || !mayFillPages(group, chain)) return undefined;
  const hits = new PatientWalk(group, chain, compiler).ofFirst(most);
  return `SELECT * FROM ${hits} AS hit ${order.orderBy('hit')} LIMIT ${limit}`;
}

/**
 * True if the chain leads to tokens that many may have, not to identifiers, names or dates, and nothing else that is asked for leads to other rows: all of those
 * would be collected for a few.
 */
export const mayFillPages = ({ criteria }: SearchGroup, chain: Chain): boolean =>
  chain.criteria.every((one) => one.kind === 'filter' && one.filter.parameter.type === 'token' && !selectsFew(one)) &&
  typesOf(criteria.filter((one) => one !== chain)).size === 0;

/** The parts of the order that {@link alongPatients} walks; `far` are the patients, up to one more than few. */
class PatientWalk {
  private readonly scope: CriteriaScope;
  private readonly isFew = `(SELECT count(*) FROM far) <= ${fewEnds}`;
  private readonly ends: FarEnds;
  private readonly entry: string;
  private readonly columns: string;

  constructor(
    private readonly group: SearchGroup,
    private readonly chain: Chain,
    private readonly compiler: PageCompiler,
  ) {
    const { parameters, accessTo, linkCodes, withoutContent } = compiler;
    this.scope = { parameters, reach: reachPredicate(accessTo, parameters) };
    this.ends = farEndsOf([chain], 'r', this.scope)[0]!;
    this.entry = parameters.add(`${chain.parameter}${unitSeparator}Patient/`, 'text');
    this.columns = `${linkedVersion('r', linkCodes, parameters, withoutContent)}, ${onlyPatient('r')} AS k0`;
  }

  get far(): string {
    return `far AS MATERIALIZED (${this.ends.ids()} LIMIT ${fewEnds + 1})`;
  }

  /** Rows of one patient each. The index finds their patient, the exact entry decides. */
  ofOne(unlessFull: string): string {
    const { patientsAhead, rowsAhead, direction } = this.positionOfOne();
    const few = [unlessFull, this.isFew, ...patientsAhead].join(' AND ');
    const many = this.ends.inOrder!(direction, [unlessFull, `NOT (${this.isFew})`, ...patientsAhead]);
    const walk = (patients: string): string => this.rowsOfEach(patients, rowsAhead, direction);
    return `${walk(`SELECT id FROM far WHERE ${few} ORDER BY id ${direction}`)} UNION ALL ${walk(many)}`;
  }

  /** Rows of one patient each, of the first so many Patients. */
  ofFirst(most: number): string {
    const { patientsAhead, rowsAhead, direction } = this.positionOfOne();
    return this.rowsOfEach(this.ends.inOrder!(direction, patientsAhead, most), rowsAhead, direction);
  }

  private rowsOfEach(patients: string, rowsAhead: readonly string[], direction: 'ASC' | 'DESC'): string {
    const { limit } = this.compiler;
    const isOfPatient = [`${onlyPatient('r')} = patient.id`, `r.val @> ARRAY[${this.entry} || patient.id]`];
    return (
      `(SELECT hit.* FROM (${patients}) AS patient CROSS JOIN LATERAL ` +
      `(${this.select([...isOfPatient, ...rowsAhead])} ORDER BY r.id ${direction} LIMIT ${limit}) AS hit LIMIT ${limit})`
    );
  }

  /** Rows of several patients. Those of few patients are found by the hashes of entries, and collected before they are sorted. */
  ofSeveral(unlessFull: string): string {
    const { order, limit, parameters } = this.compiler;
    const entry = `${this.entry} || far.id`;
    const found = `r.tok && ARRAY(SELECT lanyard_own_token(${tenant}, ${entry}) FROM far) AND r.val && ARRAY(SELECT ${entry} FROM far)`;
    const judged = criteriaPredicate([this.chain], 'r', { ...this.scope, linksFrom: 'rows' });
    const isSeveral = `${onlyPatient('r')} = ${ofSeveral.sql}`;
    const of = (...conditions: readonly string[]): string =>
      this.select([isSeveral, unlessFull, ...conditions, ...order.position('r', parameters)]);
    const first = (name: string): string => `${order.orderBy(name)} LIMIT ${limit}`;
    return (
      `WITH few AS MATERIALIZED (${of(this.isFew, found)}) (SELECT * FROM few ${first('few')}) UNION ALL ` +
      `(SELECT * FROM (${of(`NOT (${this.isFew})`, judged)}) AS many ${first('many')})`
    );
  }

  /** Where rows of one patient each go on: a look into the index for each patient starts at the row. */
  private positionOfOne() {
    const { order, parameters } = this.compiler;
    const { place, isBackward } = order;
    const [direction, ahead, end] = isBackward ? (['DESC', '<', "'~'"] as const) : (['ASC', '>', "''"] as const);
    const [patient, id] = place ?? [];
    if (typeof patient !== 'string' || typeof id !== 'string' || patient === ofSeveral.value)
      return { direction, patientsAhead: [], rowsAhead: [] };
    const at = parameters.add(patient, 'text');
    const row = `CASE WHEN patient.id = ${at} THEN ${parameters.add(id, 'text')} ELSE ${end} END`;
    return { direction, patientsAhead: [`id ${ahead}= ${at}`], rowsAhead: [`r.id ${ahead} ${row}`] };
  }

  private select(conditions: readonly string[]): string {
    return selectMatches(without(this.group, this.chain), this.columns, this.compiler, conditions);
  }
}
