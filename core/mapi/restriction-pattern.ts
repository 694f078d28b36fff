/*
 * The patterns of RELOP_RE: POSIX basic regular expressions, anywhere in the
 * text, ignoring case, lines apart (observed on 11.0.2). Matched by simulating
 * all states at once, so that the time is bounded by pattern × text whatever a
 * client sends; hence no back references.
 */

/** Longest pattern and text that are looked at; their product bounds the time. */
const MAX_PATTERN = 512;
const MAX_TEXT = 32_768;
/** Most repetitions in an interval, as `a\{2,255\}`; the limit of POSIX. */
const MAX_REPEAT = 255;
/** States of a pattern after intervals are written out. */
const MAX_STATES = 4_096;

type Node =
  | { readonly kind: 'set'; readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[] }
  | { readonly kind: 'any' | 'line start' | 'line end' }
  | { readonly kind: 'sequence' | 'choice'; readonly nodes: readonly Node[] }
  | { readonly kind: 'repeat'; readonly node: Node; readonly least: number; readonly most: number };

type State =
  | { readonly kind: 'set'; readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[] }
  | { readonly kind: 'any' | 'line start' | 'line end' | 'match' }
  | { kind: 'split'; first: number; second: number }
  | { kind: 'jump'; to: number };

class MalformedPatternError extends Error {}

/** A test for texts, or undefined for a malformed pattern, which matches nothing. */
export function compilePattern(pattern: string): ((text: string) => boolean) | undefined {
  if (pattern.length > MAX_PATTERN) return undefined;
  try {
    const states: State[] = [];
    emit(new PatternReader(pattern).read(), states);
    states.push({ kind: 'match' });
    return (text) => simulate(states, text.slice(0, MAX_TEXT));
  } catch (error) {
    if (error instanceof MalformedPatternError) return undefined;
    throw error;
  }
}

const CLASSES: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  alpha: [
    [65, 90],
    [97, 122],
  ],
  digit: [[48, 57]],
  alnum: [
    [48, 57],
    [65, 90],
    [97, 122],
  ],
  upper: [
    [65, 90],
    [97, 122],
  ],
  lower: [
    [65, 90],
    [97, 122],
  ],
  space: [
    [9, 13],
    [32, 32],
  ],
  blank: [
    [9, 9],
    [32, 32],
  ],
  punct: [
    [33, 47],
    [58, 64],
    [91, 96],
    [123, 126],
  ],
  xdigit: [
    [48, 57],
    [65, 70],
    [97, 102],
  ],
  print: [[32, 126]],
  graph: [[33, 126]],
  cntrl: [
    [0, 31],
    [127, 127],
  ],
};

/** Reads a pattern by recursive descent. */
class PatternReader {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(pattern: string) {
    this.#characters = [...pattern.toLowerCase()];
  }

  read(): Node {
    const node = this.#choice(0);
    if (this.#at < this.#characters.length) throw new MalformedPatternError('an unopened group ends');
    return node;
  }

  #escaped(character: string): boolean {
    return this.#characters[this.#at] === '\\' && this.#characters[this.#at + 1] === character;
  }

  #choice(depth: number): Node {
    const branches = [this.#sequence(depth)];
    while (this.#escaped('|')) {
      this.#at += 2;
      branches.push(this.#sequence(depth));
    }
    return branches.length === 1 ? branches[0]! : { kind: 'choice', nodes: branches };
  }

  #sequence(depth: number): Node {
    const nodes: Node[] = [];
    while (this.#at < this.#characters.length && !this.#escaped(')') && !this.#escaped('|')) {
      nodes.push(this.#repeated(this.#atom(nodes.length === 0, depth)));
    }
    return { kind: 'sequence', nodes };
  }

  #atom(first: boolean, depth: number): Node {
    const character = this.#characters[this.#at++]!;
    const next = this.#characters[this.#at];
    if (character === '.') return { kind: 'any' };
    if (character === '[') return this.#bracket();
    if (character === '^' && first) return { kind: 'line start' };
    if (character === '$' && (next === undefined || this.#escaped(')') || this.#escaped('|')))
      return { kind: 'line end' };
    if (character !== '\\') return literal(character);
    if (next === undefined || /[1-9]/.test(next))
      throw new MalformedPatternError('a back reference or a lone backslash');
    this.#at += 1;
    if (next !== '(') return literal(next);
    const group = this.#choice(depth + 1);
    if (!this.#escaped(')')) throw new MalformedPatternError('a group does not end');
    this.#at += 2;
    return group;
  }

  #repeated(node: Node): Node {
    for (;;) {
      if (this.#characters[this.#at] === '*' && node.kind !== 'line start') {
        this.#at += 1;
        node = { kind: 'repeat', node, least: 0, most: Number.POSITIVE_INFINITY };
      } else if (this.#escaped('+') || this.#escaped('?')) {
        const plus = this.#escaped('+');
        this.#at += 2;
        node = { kind: 'repeat', node, least: plus ? 1 : 0, most: plus ? Number.POSITIVE_INFINITY : 1 };
      } else if (this.#escaped('{')) {
        node = this.#interval(node);
      } else {
        return node;
      }
    }
  }

  #interval(node: Node): Node {
    const rest = this.#characters.slice(this.#at).join('');
    const found = /^\\\{(\d{1,3})(,(\d{0,3}))?\\\}/.exec(rest);
    if (!found) throw new MalformedPatternError('an interval is malformed');
    this.#at += found[0].length;
    const least = Number(found[1]);
    const most = found[2] === undefined ? least : found[3] ? Number(found[3]) : Number.POSITIVE_INFINITY;
    if (least > MAX_REPEAT || most < least || (most > MAX_REPEAT && Number.isFinite(most)))
      throw new MalformedPatternError('an interval is out of range');
    return { kind: 'repeat', node, least, most };
  }

  #bracket(): Node {
    const negated = this.#characters[this.#at] === '^';
    if (negated) this.#at += 1;
    const ranges: (readonly [number, number])[] = [];
    for (let first = true; ; first = false) {
      const character = this.#characters[this.#at++];
      if (character === undefined) throw new MalformedPatternError('a bracket does not end');
      if (character === ']' && !first) return { kind: 'set', negated, ranges };
      if (character === '[' && this.#characters[this.#at] === ':') {
        ranges.push(...this.#characterClass());
        continue;
      }
      const from = character.codePointAt(0)!;
      const dash = this.#characters[this.#at] === '-' && this.#characters[this.#at + 1] !== ']';
      const end = dash ? this.#characters[this.#at + 1] : undefined;
      if (end === undefined) {
        ranges.push([from, from]);
        continue;
      }
      this.#at += 2;
      if (end.codePointAt(0)! < from) throw new MalformedPatternError('a range runs backwards');
      ranges.push([from, end.codePointAt(0)!]);
    }
  }

  #characterClass(): readonly (readonly [number, number])[] {
    const found = /^:([a-z]+):\]/.exec(this.#characters.slice(this.#at).join(''));
    const ranges = found && CLASSES[found[1]!];
    if (!ranges) throw new MalformedPatternError('an unknown character class');
    this.#at += found[0].length;
    return ranges;
  }
}

const literal = (character: string): Node => {
  const code = character.codePointAt(0)!;
  return { kind: 'set', negated: false, ranges: [[code, code]] };
};

/** Appends the states of a node; what matches goes on behind the last one. */
function emit(node: Node, states: State[]): void {
  if (states.length > MAX_STATES) throw new MalformedPatternError('too many states');
  switch (node.kind) {
    case 'sequence':
      for (const part of node.nodes) emit(part, states);
      return;
    case 'choice': {
      const ends: { kind: 'jump'; to: number }[] = [];
      for (const [index, branch] of node.nodes.entries()) {
        if (index === node.nodes.length - 1) {
          emit(branch, states);
          continue;
        }
        const split = { kind: 'split' as const, first: states.length + 1, second: 0 };
        states.push(split);
        emit(branch, states);
        const end = { kind: 'jump' as const, to: 0 };
        ends.push(end);
        states.push(end);
        split.second = states.length;
      }
      for (const end of ends) end.to = states.length;
      return;
    }
    case 'repeat': {
      for (let i = 0; i < node.least; i++) emit(node.node, states);
      if (Number.isFinite(node.most)) {
        const splits: { kind: 'split'; first: number; second: number }[] = [];
        for (let i = node.least; i < node.most; i++) {
          const split = { kind: 'split' as const, first: states.length + 1, second: 0 };
          splits.push(split);
          states.push(split);
          emit(node.node, states);
        }
        for (const split of splits) split.second = states.length;
        return;
      }
      const split = { kind: 'split' as const, first: states.length + 1, second: 0 };
      const start = states.length;
      states.push(split);
      emit(node.node, states);
      states.push({ kind: 'jump', to: start });
      split.second = states.length;
      return;
    }
    default:
      states.push(node);
  }
}

const NEWLINE = '\n';

/** Runs all states over the text at once. */
function simulate(states: readonly State[], text: string): boolean {
  const characters = [...text.toLowerCase()];
  let current = new Set<number>();
  for (let at = 0; at <= characters.length; at++) {
    const before = characters[at - 1];
    const character = characters[at];
    const reachable = new Set<number>();
    const stack = [0, ...current];
    while (stack.length > 0) {
      const index = stack.pop()!;
      if (reachable.has(index)) continue;
      reachable.add(index);
      const state = states[index]!;
      if (state.kind === 'match') return true;
      if (state.kind === 'jump') stack.push(state.to);
      else if (state.kind === 'split') stack.push(state.first, state.second);
      else if (state.kind === 'line start' && (before === undefined || before === NEWLINE)) stack.push(index + 1);
      else if (state.kind === 'line end' && (character === undefined || character === NEWLINE)) stack.push(index + 1);
    }
    if (character === undefined) return false;
    current = new Set();
    const code = character.codePointAt(0)!;
    for (const index of reachable) {
      const state = states[index]!;
      if (state.kind === 'any' && character !== NEWLINE) current.add(index + 1);
      if (state.kind !== 'set') continue;
      const inside = state.ranges.some(([from, to]) => from <= code && code <= to);
      if (inside !== state.negated && !(state.negated && character === NEWLINE)) current.add(index + 1);
    }
  }
  return false;
}
