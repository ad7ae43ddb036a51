/** Whether an answer holds what the panel reads of it, so that one of another version ends in words, not in a fault. */

export type Check = (answer: unknown) => boolean;

export const isObject: Check = answer => typeof answer === 'object' && answer !== null && !Array.isArray(answer);

/** Return the check that an object holds something. */
export function holds(name: string, check: Check): Check {
  return answer => isObject(answer) && check((answer as { [name: string]: unknown })[name]);
}

function all(...checks: readonly Check[]): Check {
  return answer => checks.every(check => check(answer));
}

function isListOf(check: Check): Check {
  return answer => Array.isArray(answer) && answer.every(check);
}

const isNumber: Check = answer => typeof answer === 'number';
const isText: Check = answer => typeof answer === 'string';
const isNamed = all(holds('id', isText), holds('title', isObject));
const isNothingOr = (check: Check): Check => answer => answer === null || check(answer);

export const isList: Check = holds('results', isListOf(isObject));
export const isPage: Check = all(
  holds('results', isListOf(all(isNamed, holds('snippet', Array.isArray)))),
  holds('total', isNumber),
  holds('page', isNumber),
  holds('pages', isNumber)
);
export const isTable: Check = all(holds('columns', isListOf(isText)), holds('rows', isListOf(Array.isArray)));
export const isDescription: Check = all(
  isNamed,
  holds('description', isObject),
  holds('citation', holds('texts', isObject)),
  holds('contact', isObject),
  holds('card', isNothingOr(holds('fields', isListOf(isObject)))),
  holds('quality', isNothingOr(holds('fields', isListOf(isObject)))),
  ...['versions', 'distributions', 'apps'].map(name => holds(name, isListOf(isObject))),
  holds('url', isText)
);
