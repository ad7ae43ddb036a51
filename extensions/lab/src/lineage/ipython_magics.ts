/** Blanks what only IPython understands in a cell, magics and commands of the shell, so that a parser of Python reads on. */

const CELL_MAGIC = /^\s*%%(\w*)/;
const PYTHON_CELLS = new Set(['time', 'timeit', 'capture', 'prun']); // whose other lines are Python
const TIMED = /^([ \t]*)%time /;

// A line of IPython's own, or what may hold a line that only looks so: a string, a comment, a statement that goes on.
const TOKEN = new RegExp(
  [
    /^(?<magic>(?:[\w, \t]*=)?[ \t]*[%!?,;/](?:\\\n|.)*)/,
    /(?<quotes>"""|''')(?:\\[^]|(?!\k<quotes>)[^])*(?:\k<quotes>)?/,
    /"(?:\\[^]|[^"\\\n])*"?/,
    /'(?:\\[^]|[^'\\\n])*'?/,
    /#.*/,
    /\\\n[ \t]*[%!?,;/]?/,
    /[([{]/,
    /[)\]}]/
  ]
    .map(({ source }) => source)
    .join('|'),
  'gm'
);

/** Return a cell's source as Python, in which everything stays at its place; nothing of a cell in another language. */
export function maskMagics(source: string): string {
  const language = CELL_MAGIC.exec(source)?.[1];
  return language !== undefined && !PYTHON_CELLS.has(language) ? '' : maskLines(source);
}

function maskLines(source: string): string {
  const token = new RegExp(TOKEN);
  let masked = '';
  let depth = 0; // of brackets, in which no line is a magic
  let end = 0;
  for (let found = token.exec(source); found !== null; found = token.exec(source)) {
    const [text] = found;
    if (found.groups?.magic !== undefined) {
      masked += source.slice(end, found.index) + (depth === 0 ? blank(text) : text[0]);
      end = token.lastIndex = depth === 0 ? token.lastIndex : found.index + 1;
    }
    depth = Math.max(0, depth + Number(/^[([{]$/.test(text)) - Number(/^[)\]}]$/.test(text)));
  }
  return masked + source.slice(end);
}

/** Return blanks in place of a line; what `%time` times is Python, and stays behind a statement of the same length. */
function blank(line: string): string {
  return TIMED.test(line) ? line.replace(TIMED, '$1None ;') : line.replace(/[^\n]/g, ' ');
}
