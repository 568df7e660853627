import { randomUUID } from 'node:crypto';
import { agree } from './agree.js';
import type { Caller } from './caller.js';
import { CheckedLists } from './checked-lists.js';
import { CheckedVersions, storedText } from './checked-versions.js';
import { type ChosenRequest, Choices } from './chosen-request.js';
import { type DrawnWrite, type Step, types } from './drawn-writes.js';
import { type Decision, NaiveServer, type Version } from './naive-server.js';
import { outcomeOf } from './naive-transaction.js';
import { entriesOf, keyOf, type Told, toldAlone, toldByEntry } from './told.js';
import {
  addressOf,
  conditionalReference,
  type Form,
  type HttpRequest,
  writeAlone,
  writeBundle,
} from './written-request.js';

/** What remains to be compared when all of a step is stored. */
type Check = () => Promise<void>;

/** Sends one sequence to the server and the model, and compares what both say. */
export class Session {
  private readonly model = new NaiveServer();
  private readonly choices: Choices;
  private readonly stored: CheckedVersions;
  private readonly lists: CheckedLists;

  /** `run` is the beginning of ids and identifiers, so that runs do not meet. */
  constructor(
    private readonly caller: Caller,
    run: string,
  ) {
    this.choices = new Choices(this.model, run);
    this.stored = new CheckedVersions(caller, this.model);
    this.lists = new CheckedLists(caller, this.model, this.stored);
  }

  async send(step: Step): Promise<void> {
    switch (step.way) {
      case 'alone':
        return this.sendAlone(step.writes[0]!, step);
      case 'at once':
        return this.sendAtOnce(step.writes);
      case 'batch':
        return this.sendBatch(step);
      default:
        return this.sendTransaction(step);
    }
  }

  /** Compares all that is stored, each version and each list. */
  async finish(): Promise<void> {
    for (const [key, versions] of this.model.versions) {
      await this.stored.checkCurrent(key);
      for (const version of versions) await this.stored.check(key, version);
      await this.lists.checkInstance(key);
    }
    for (const type of types) {
      await this.lists.checkType(type);
      if (type === 'Binary') continue;
      for (let i = 0; i < 4; i++) await this.lists.checkSearch(type, this.choices.identifier(i));
    }
    if (this.model.versions.size > 0) await this.lists.checkSystem();
  }

  private write({ method, path, ...options }: HttpRequest) {
    return this.caller.write(method, path, options);
  }

  private async sendAlone(drawn: DrawnWrite, form: Form): Promise<void> {
    const request = sentAs(form, this.choices.request(drawn, this.choices.links()));
    const decision = this.model.decide(request);
    const answer = await this.write(writeAlone(request, form));
    await this.settle(request, decision, toldAlone(answer), form)();
  }

  /** Each entry meets what those before it have left. */
  private async sendBatch(step: Step): Promise<void> {
    const requests = step.writes.map((drawn) =>
      sentAs(step, { ...this.choices.request(drawn, this.choices.links()), fullUrl: `urn:uuid:${randomUUID()}` }),
    );
    const answer = await this.write(writeBundle(requests, step));
    agree('status of the batch', answer.status, 200);
    const entries = entriesOf(answer);
    agree('entries of the batch', entries.length, requests.length);
    const checks = requests.map((request, at) =>
      this.settle(request, this.model.decide(request), toldByEntry(entries[at]!, answer.text), step),
    );
    for (const check of checks) await check();
  }

  private async sendTransaction(step: Step): Promise<void> {
    const urls = step.writes.map(() => `urn:uuid:${randomUUID()}`);
    const sent = step.writes.map((drawn, at) => {
      const conditional = conditionalReference('Patient', this.choices.identifier(drawn.criterion));
      const links = [urls[(at + drawn.slot) % urls.length]!, urls[0]!, conditional, ...this.choices.links()];
      return sentAs(step, { ...this.choices.request(drawn, links), fullUrl: urls[at]! });
    });
    const answer = await this.write(writeBundle(sent, step));
    const entries = answer.status === 200 ? entriesOf(answer) : [];
    const located = entries.map(({ response }, at) => [urls[at]!, keyOf(response.location)] as const);
    const addresses = new Map(located.filter((one): one is [string, string] => one[1] !== undefined));
    const { requests, decisions, problems } = outcomeOf(this.model, sent, addresses);
    if (problems.length > 0) {
      if (!problems.includes(answer.status)) agree('status of the transaction', answer.status, problems);
      for (const { type, id } of sent) if (id !== undefined) await this.stored.checkCurrent(`${type}/${id}`);
      return;
    }
    agree('status of the transaction', answer.status, 200);
    agree('entries of the transaction', entries.length, requests.length);
    const checks = requests.map((request, at) =>
      this.settle(request, decisions[at]!, toldByEntry(entries[at]!, answer.text), step),
    );
    for (const check of checks) await check();
  }

  /** Updates of one resource, all of which succeed in some order without gaps. */
  private async sendAtOnce(writes: readonly DrawnWrite[]): Promise<void> {
    const [{ type }] = writes as [DrawnWrite];
    const form = { way: 'alone', isXml: false, prefer: 'none' } as const;
    const plain = { type, verb: 'put', slot: 0, ifMatch: 'none', ifNoneMatch: 'none' } as const;
    const requests = writes.map((drawn) => this.choices.request({ ...drawn, ...plain }, []));
    const answers = await Promise.all(requests.map((request) => this.write(writeAlone(request, form))));
    const key = addressOf(requests[0]!);
    const sent = requests.map((request, at) => ({ request, told: toldAlone(answers[at]!) }));
    const left = sent.toSorted((one, other) => versionOf(one.told) - versionOf(other.told));
    while (left.length > 0) {
      const next = left.findIndex(({ request, told }) => this.isNext(key, request, told));
      if (next === -1) break;
      const [{ request, told }] = left.splice(next, 1) as [(typeof left)[number]];
      this.model.apply(this.model.decide(request), key);
      this.stored.checkText(key, this.model.current(key)!, told.text);
    }
    agree(
      `updates of ${key} at once that fit in no order`,
      left.map(({ told }) => `${told.status} ${told.text}`),
      [],
    );
    await this.stored.checkCurrent(key);
  }

  /** True if the answer is what the model says when this comes next. */
  private isNext(key: string, request: ChosenRequest, { status, text, resource }: Told): boolean {
    const decision = this.model.decide(request);
    const version = decision.next ?? this.model.current(key)!;
    if (status !== decision.status) return false;
    const known = this.stored.textOf(version);
    return text === (known ?? storedText(key, version, resource!.meta.lastUpdated));
  }

  /** Compares an answer to the decision and applies it; what is stored is compared by the check. */
  private settle(request: ChosenRequest, decision: Decision, told: Told, form: Form): Check {
    const { status, versionId } = decision;
    const address = `${request.method} ${addressOf(request)}`;
    const etag = status < 400 && versionId !== undefined ? `W/"${versionId}"` : undefined;
    agree(`status and version of ${address}`, [told.status, told.etag], [status, etag]);
    if (status >= 400 || versionId === undefined) return () => this.checkUnchanged(request);
    const key = decision.key ?? keyOf(told.location);
    if (key === undefined) return () => Promise.resolve();
    if (decision.key === undefined) agree(`${address}: ${key} is new`, this.model.versions.has(key), false);
    this.checkLocation(request, `${key}/_history/${versionId}`, told, form);
    this.model.apply(decision, key);
    const version = this.model.versions.get(key)!.find((one) => one.versionId === versionId)!;
    return async () => {
      await this.stored.check(key, version);
      await this.stored.checkCurrent(key);
      if (version.content) this.checkAnswer(address, version, told, form);
    };
  }

  /** Alone, only what creates is answered with one. */
  private checkLocation(request: ChosenRequest, location: string, told: Told, { way }: Form): void {
    const isTold = way !== 'alone' || told.status === 201 || request.method === 'POST';
    const found = told.location === undefined ? undefined : this.caller.pathOf(told.location);
    agree(`location of ${request.method} ${addressOf(request)}`, found, isTold ? location : undefined);
  }

  private async checkUnchanged({ type, id }: ChosenRequest): Promise<void> {
    if (id !== undefined) await this.stored.checkCurrent(`${type}/${id}`);
  }

  /** The time, and what `Prefer` asks for. */
  private checkAnswer(address: string, version: Version, told: Told, { way, prefer }: Form): void {
    const isAlone = way === 'alone';
    const lastUpdated = this.stored.lastUpdatedOf(version)!;
    const lastModified = isAlone ? new Date(lastUpdated).toUTCString() : lastUpdated;
    agree(`time of ${address}`, told.lastModified, lastModified);
    const text = this.stored.textOf(version)!;
    const isWanted = prefer === 'representation' || (isAlone && prefer === 'none');
    if (isWanted)
      agree(`resource of ${address}`, isAlone ? told.text : told.text.includes(text), isAlone ? text : true);
    else if (!isAlone || prefer !== 'OperationOutcome') agree(`resource of ${address}`, told.resource, undefined);
    else agree(`outcome of ${address}`, told.resource?.resourceType, 'OperationOutcome');
  }
}

const versionOf = ({ etag = '' }: Told): number => Number(/\d+/.exec(etag)?.[0] ?? 0);

/** Elements that were sent as XML have the order of the definitions. */
function sentAs({ isXml }: Form, request: ChosenRequest): ChosenRequest {
  const { content } = request;
  return content && isXml ? { ...request, content: { ...content, isXml } } : request;
}
