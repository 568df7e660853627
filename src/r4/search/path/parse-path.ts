import { BeyondSubset, type PathExpression } from './path-expression.js';

const tokenPattern = /\s*(?:('(?:[^'\\]|\\.)*')|(\d+(?:\.\d+)?)|([%$]?[A-Za-z_]\w*|`[^`]+`)|(!=|[.()[\]|=,]))/y;

interface Token {
  readonly kind: 'string' | 'number' | 'name' | 'symbol' | 'end';
  readonly text: string;
}

const self: PathExpression = { kind: 'this' };
const end: Token = { kind: 'end', text: '' };

/** Parses a FHIRPath expression; throws {@link BeyondSubset} for what we do not compile. */
export function parsePath(text: string): PathExpression {
  const parser = new PathParser(tokenise(text));
  const expression = parser.parseImplies();
  parser.expectEnd();
  return expression;
}

function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  const trimmed = text.trimEnd();
  while (tokenPattern.lastIndex < trimmed.length) {
    const at = tokenPattern.lastIndex;
    const match = tokenPattern.exec(trimmed);
    if (!match) throw new BeyondSubset(`"${trimmed.slice(at)}" is not understood.`);
    tokens.push(tokenOf(match));
  }
  return tokens;
}

function tokenOf([, string, number, name, symbol = '']: RegExpExecArray): Token {
  if (string !== undefined) {
    if (string.includes('\\')) throw new BeyondSubset('Escapes in strings.');
    return { kind: 'string', text: string.slice(1, -1) };
  }
  if (number !== undefined) return { kind: 'number', text: number };
  if (name !== undefined) return { kind: 'name', text: name.replaceAll('`', '') };
  return { kind: 'symbol', text: symbol };
}

/** Binary operators from loose to tight: `implies`, `or xor`, `and`, `= !=`, `|`, `as is`, then invocations. */
class PathParser {
  private position = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  parseImplies(): PathExpression {
    let left = this.parseOr();
    while (this.accept('name', 'implies')) left = { kind: 'implies', left, right: this.parseOr() };
    return left;
  }

  private parseOr(): PathExpression {
    let left = this.parseAnd();
    for (;;) {
      const kind = this.accept('name', 'or') ? 'or' : this.accept('name', 'xor') ? 'xor' : undefined;
      if (kind === undefined) return left;
      left = { kind, left, right: this.parseAnd() };
    }
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') throw new BeyondSubset(`"${this.peek().text}" was not expected.`);
  }

  private parseAnd(): PathExpression {
    let left = this.parseEquality();
    while (this.accept('name', 'and')) left = { kind: 'and', left, right: this.parseEquality() };
    return left;
  }

  private parseEquality(): PathExpression {
    const left = this.parseUnion();
    if (this.accept('symbol', '=')) return { kind: '=', left, right: this.parseUnion() };
    if (this.accept('symbol', '!=')) return { kind: '!=', left, right: this.parseUnion() };
    return left;
  }

  private parseUnion(): PathExpression {
    let left = this.parseCast();
    while (this.accept('symbol', '|')) left = { kind: '|', left, right: this.parseCast() };
    return left;
  }

  private parseCast(): PathExpression {
    const of = this.parseInvocation();
    if (this.accept('name', 'as')) return { kind: 'cast', of, type: this.parseTypeName() };
    if (this.accept('name', 'is')) return { kind: 'is', of, type: this.parseTypeName() };
    return of;
  }

  private parseInvocation(): PathExpression {
    let expression = this.parseTerm();
    for (;;) {
      if (this.accept('symbol', '.')) expression = this.parseMember(expression);
      else if (this.accept('symbol', '[')) expression = this.parseItem(expression);
      else return expression;
    }
  }

  private parseTerm(): PathExpression {
    const token = this.peek();
    if (this.accept('symbol', '(')) {
      const expression = this.parseImplies();
      this.expect(')');
      return expression;
    }
    if (token.kind === 'name') return this.parseNamedTerm(token.text);
    this.position++;
    if (token.kind === 'string') return { kind: 'literal', value: token.text };
    if (token.kind === 'number') return { kind: 'literal', value: Number(token.text) };
    throw new BeyondSubset(`"${token.text}" was not expected.`);
  }

  private parseNamedTerm(name: string): PathExpression {
    if (this.accept('name', 'true')) return { kind: 'literal', value: true };
    if (this.accept('name', 'false')) return { kind: 'literal', value: false };
    if (this.accept('name', '$this')) return self;
    if (this.accept('name', '%resource')) return { kind: 'resource' };
    if (/^[%$]/.test(name)) throw new BeyondSubset(`${name} is not known.`);
    return this.parseMember(self);
  }

  private parseMember(of: PathExpression): PathExpression {
    const name = this.parseName();
    return this.accept('symbol', '(') ? this.parseCall(of, name) : { kind: 'member', of, name };
  }

  private parseCall(of: PathExpression, name: string): PathExpression {
    if (name === 'as' || name === 'ofType' || name === 'is') {
      const type = this.parseTypeName();
      this.expect(')');
      return { kind: name === 'is' ? 'is' : 'cast', of, type };
    }
    const parameters: PathExpression[] = [];
    while (!this.accept('symbol', ')')) {
      parameters.push(this.parseImplies());
      this.accept('symbol', ',');
    }
    return { kind: 'call', of, name, parameters };
  }

  private parseItem(of: PathExpression): PathExpression {
    const { kind, text } = this.peek();
    if (kind !== 'number') throw new BeyondSubset('Only a number selects an item.');
    this.position++;
    this.expect(']');
    return { kind: 'item', of, index: Number(text) };
  }

  private parseTypeName(): string {
    const name = this.parseName();
    if (name === 'System') throw new BeyondSubset('System types.');
    return name === 'FHIR' && this.accept('symbol', '.') ? this.parseName() : name;
  }

  private parseName(): string {
    const { kind, text } = this.peek();
    if (kind !== 'name') throw new BeyondSubset(`A name was expected instead of "${text}".`);
    this.position++;
    return text;
  }

  private peek(): Token {
    return this.tokens[this.position] ?? end;
  }

  private accept(kind: Token['kind'], text: string): boolean {
    const token = this.peek();
    if (token.kind !== kind || token.text !== text) return false;
    this.position++;
    return true;
  }

  private expect(symbol: string): void {
    if (!this.accept('symbol', symbol)) throw new BeyondSubset(`"${symbol}" was expected.`);
  }
}
