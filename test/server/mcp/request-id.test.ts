// The id of a request, from its two ends.
import { expect, test } from 'vitest';
import { idOf } from '../../../src/server/mcp/request-id.js';

test.for([
  ['first', '{"id":7,"method":"x', '…', 7],
  ['a string, with spaces around', ' { "jsonrpc": "2.0", "id" : "a\\"b" , "method', '…', 'a"b'],
  ['after what looks like one', '{"params":{"id":1,"a":["id"]},"x":"\\"id\\":2","method":"id","id":3,', '…', 3],
  ['a value that reads id', '{"method":"id","params":{}', '…', null],
  ['cut off in its middle', '{"id":12', '…', null],
  ['of something within', '{"params":{"id":1', '…', null],
  ['last', '{"params":{"a":"…', '…"}},"jsonrpc":"2.0","id":9}\n', 9],
  ['last but the version', '{"params":{"a":"…', '…"},"id":"z","jsonrpc":"2.0"}\r\n', 'z'],
  ['last, of something within', '{"params":{"a":"…', '…","id":9}}\n', null],
  ['last, in a string', '{"params":{"a":"…', '…,\\"id\\":9}"}\n', null],
  ['neither text nor number', '{"id":null,"x":{"id":true},"id":{}', '…', null],
  ['no JSON', 'xxx"', 'xxx', null],
  ['no string', '{"id":"\\x","method', '…', null],
] as const)('%s', ([, head, tail, id]) => {
  expect(idOf(head, tail)).toBe(id);
});
