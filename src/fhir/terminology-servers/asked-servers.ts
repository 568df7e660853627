import type { FarAnswer, FarQuestion, FarTerminology } from '../../r4/terminology/far-terminology.js';
import { CannotExpand } from '../../r4/terminology/cannot-expand.js';
import type { ValueSet } from '../../r4/terminology/value-sets/value-set.js';
import { TooManyQuestions } from './question-budget.js';
import { ServerUnavailable, type TerminologyServers } from './terminology-servers.js';

/** Questions of one resource that are open at once. */
const mostAtOnce = 4;

/** Other terminology servers, as the validation of one resource asks them (docs/adr/0122). They are sent canonicals, codes and filters, and nothing else of it. */
export class AskedServers implements FarTerminology {
  constructor(private readonly servers: TerminologyServers) {}

  valueSets(canonicals: readonly string[]): Promise<readonly FarAnswer<ValueSet>[]> {
    return inParallel(canonicals, (canonical) =>
      this.answer(canonical, async () => (await this.servers.valueSets([canonical]))[0]),
    );
  }

  members(questions: readonly FarQuestion[]): Promise<readonly FarAnswer<boolean>[]> {
    return inParallel(questions, (question) =>
      this.answer(question.system, () => this.servers.isMember(question, question.isBound)),
    );
  }

  private async answer<T>(canonical: string, ask: () => Promise<T | undefined>): Promise<FarAnswer<T>> {
    const keepMs = this.servers.keepMsOf(canonical);
    try {
      return { found: await ask(), keepMs };
    } catch (error) {
      const server = this.servers.nameFor(canonical);
      if (error instanceof ServerUnavailable) return { noAnswer: { reason: 'away', server } };
      if (error instanceof TooManyQuestions) return { noAnswer: { reason: 'limit', server } };
      if (error instanceof CannotExpand) return { noAnswer: { reason: 'unclear', server } };
      throw error;
    }
  }
}

async function inParallel<Q, A>(questions: readonly Q[], ask: (question: Q) => Promise<A>): Promise<readonly A[]> {
  const answers: A[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < questions.length; i = next++) answers[i] = await ask(questions[i]!);
  };
  await Promise.all(Array.from({ length: Math.min(mostAtOnce, questions.length) }, work));
  return answers;
}
