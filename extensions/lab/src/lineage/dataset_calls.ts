/** The calls of `datahall.dataset` in a notebook's code, by a parser of Python that bears faults. Nothing is run. */

import { maskMagics } from './ipython_magics';
import { ID, VERSION } from './notebook_datasets';

type Parser = typeof import('@lezer/python').parser;
type Node = ReturnType<Parser['parse']>['topNode'];

/** One call. */
export interface ICall {
  /** Its code, shortened. */
  readonly text: string;
  /** The dataset, where it is written out as text; null where it is worked out. */
  readonly id: string | null;
  readonly version: string | null;
  /** Where in the source a version is to be put in. */
  readonly at: number;
}

const [MODULE, NAME] = ['datahall', 'dataset'];
const FUNCTION = `${MODULE}.${NAME}`;
const PARAMETER = 'dataset_id';
const OTHER = ''; // what a name means that is something else
const LONGEST = 60; // letters of a call that are told
const WRITTEN = new RegExp(`^[uUrR]?("""|'''|"|')(${ID})(?:@(${VERSION}))?\\1$`);

/** Return the parser, which is fetched when it is first needed: the Lab starts without it. */
export async function loadParser(): Promise<Parser> {
  return (await import('@lezer/python')).parser;
}

/** Return the calls of each cell, in the order of the code; an import in one cell is valid in all. */
export function findCalls(sources: readonly string[], parser: Parser): ICall[][] {
  const cells = sources.map(source => new Cell(source, parser));
  const meanings = findMeanings(cells);
  return cells.map(cell =>
    cell
      .list('CallExpression')
      .filter(call => meansFunction(cell, call.firstChild, meanings))
      .map(call => readCall(cell, call))
  );
}

/** A cell and what its parser makes of it. */
class Cell {
  constructor(
    private readonly _source: string,
    parser: Parser
  ) {
    this._tree = parser.parse(maskMagics(_source));
  }

  list(kind: string): Node[] {
    const nodes: Node[] = [];
    this._tree.iterate({ enter: each => void (each.name === kind && nodes.push(each.node)) });
    return nodes;
  }

  read({ from, to }: Node): string {
    return this._source.slice(from, to);
  }

  private readonly _tree: ReturnType<Parser['parse']>;
}

function listChildren(node: Node | null): Node[] {
  const children: Node[] = [];
  for (let child = node?.firstChild ?? null; child !== null; child = child.nextSibling) {
    children.push(child);
  }
  return children.filter(({ name }) => name !== 'Comment');
}

/** Return what the names mean that are imported from Datahall; whatever is also something else is `OTHER`. */
function findMeanings(cells: readonly Cell[]): Map<string, string> {
  const meanings = new Map<string, string>();
  const add = (name: string, meaning: string): void =>
    void meanings.set(name, (meanings.get(name) ?? meaning) === meaning ? meaning : OTHER);
  for (const cell of cells) {
    cell.list('ImportStatement').forEach(each => readImport(cell, each).forEach(([name, meaning]) => add(name, meaning)));
  }
  for (const cell of cells) {
    const names = cell.list('VariableName').filter(each => meanings.has(cell.read(each)) && isBound(each));
    names.forEach(each => meanings.set(cell.read(each), OTHER));
  }
  return meanings;
}

/**
 * Return the names that an import gives, each with what it then means: `datahall`, `datahall.dataset`, or another thing.
 * Of all that a star brings one name matters here; what it brings from elsewhere is not known.
 */
function readImport(cell: Cell, statement: Node): [string, string][] {
  const text = listChildren(statement).map(each => cell.read(each)).join(' ');
  const [, from, names] = /^(?:from (.*) )?import (.*)$/s.exec(text) ?? ['', '', ''];
  if (from && names === '*') {
    return from === MODULE ? [[NAME, FUNCTION]] : [];
  }
  return names.split(',').map(each => {
    const [path, name] = each.replace(/[()]/g, '').trim().split(' as ');
    const dotted = path.replace(/ /g, '');
    const first = dotted.split('.')[0];
    return from ? [name ?? dotted, `${from.replace(/ /g, '')}.${dotted}`] : [name ?? first, name ? dotted : first];
  });
}

/** Say whether a name is given a meaning where it stands, by anything but an import, rather than looked up. */
function isBound(name: Node): boolean {
  let target = name;
  while (/^(Tuple|Array|Parenthesized)Expression$/.test(target.parent?.name ?? '')) {
    target = target.parent!;
  }
  const kind = target.parent?.name ?? '';
  if (kind === 'ImportStatement') {
    return false;
  }
  if (/^(Assign|Update)Statement$|^NamedExpression$/.test(kind)) {
    return findNext(target, /^(AssignOp|UpdateOp)$/) !== '';
  }
  if (/^ForStatement$|Comprehension/.test(kind)) {
    return findPrevious(target, /^(for|in|if)$/) === 'for';
  }
  const before = target.prevSibling?.name ?? '';
  return kind === 'ParamList' ? before !== 'AssignOp' : kind === 'CapturePattern' || /^(def|class|type|as)$/.test(before);
}

function findNext(node: Node, kinds: RegExp): string {
  let next = node.nextSibling;
  while (next !== null && !kinds.test(next.name)) {
    next = next.nextSibling;
  }
  return next?.name ?? '';
}

function findPrevious(node: Node, kinds: RegExp): string {
  let previous = node.prevSibling;
  while (previous !== null && !kinds.test(previous.name)) {
    previous = previous.prevSibling;
  }
  return previous?.name ?? '';
}

function meansFunction(cell: Cell, callee: Node | null, meanings: ReadonlyMap<string, string>): boolean {
  if (callee?.name === 'VariableName') {
    return meanings.get(cell.read(callee)) === FUNCTION;
  }
  const [module, , property, ...more] = listChildren(callee);
  return (
    callee?.name === 'MemberExpression' &&
    more.length === 0 &&
    module.name === 'VariableName' &&
    property?.name === 'PropertyName' &&
    `${meanings.get(cell.read(module))}.${cell.read(property)}` === FUNCTION
  );
}

function readCall(cell: Cell, call: Node): ICall {
  const node = findId(cell, call);
  const [, quotes, id, version] = WRITTEN.exec(node ? cell.read(node) : '') ?? [];
  return {
    text: shorten(cell.read(call)),
    id: id ?? null,
    version: version ?? null,
    at: node && quotes ? node.to - quotes.length : call.to
  };
}

/** Return the string that is a call's first argument, or the one by that name. */
function findId(cell: Cell, call: Node): Node | undefined {
  const [first, ...others] = splitArguments(call);
  const named = [first, ...others].find(
    ([name, equals]) => equals?.name === 'AssignOp' && cell.read(name) === PARAMETER
  );
  const value = named === undefined ? first : named.slice(2);
  return value.length === 1 && value[0].name === 'String' ? value[0] : undefined;
}

function splitArguments(call: Node): Node[][] {
  const parts: Node[][] = [[]];
  for (const each of listChildren(call.lastChild)) {
    if (each.name === ',') {
      parts.push([]);
    } else if (!/^[()]$/.test(each.name)) {
      parts[parts.length - 1].push(each);
    }
  }
  return parts;
}

function shorten(code: string): string {
  const line = code.replace(/\s+/g, ' ');
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
