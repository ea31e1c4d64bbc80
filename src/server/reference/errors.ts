// docs/errors.md, as it follows from the table of errors.
import { ERROR_CODES } from '../../model/errors.js';
import { cell, GENERATED, table } from './markdown.js';

/** docs/errors.md. */
export function errorsReference(): string {
  return `${[
    '# Errors',
    GENERATED,
    'A call that fails answers with `isError` and a text that stands alone: `CODE: what happened. What to do.` The same facts are in `_meta["netns-mcp/error"]` as `{code, message, hint, details}`. Codes are stable; messages and hints are for reading, not for matching.',
    table(
      ['code', 'meaning'],
      Object.entries(ERROR_CODES).map(([name, meaning]) => [`\`${name}\``, cell(meaning)]),
    ),
  ].join('\n\n')}\n`;
}
