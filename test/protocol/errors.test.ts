// Errors as clients of both SDK lines see them: the text stands alone, the facts are in `_meta`, and nothing was changed.
import { LINES, Session } from '../support/client.js';
import { expect, test } from '../support/fixture.js';

const WRONG: readonly [tool: string, args: Record<string, unknown>, code: string, says: RegExp][] = [
  ['create_namespace', {}, 'INVALID_INPUT', /create_namespace: name: .*It takes \{name, dry_run\?, confirm_within_seconds\?\}/s],
  ['create_namespace', { nam: 'x' }, 'INVALID_INPUT', /unknown field "nam" \(did you mean name\?\)/],
  ['create_namespace', { name: 'x', confirm: true }, 'INVALID_INPUT', /unknown field "confirm"/],
  ['create_namespace', { name: 7 }, 'INVALID_INPUT', /name: .*string/],
  ['create_namespace', { name: null }, 'INVALID_INPUT', /name: .*string/],
  ['create_namespace', { name: 'x', dry_run: 'true' }, 'INVALID_INPUT', /dry_run: .*boolean/],
  ['create_veth_pair', { a: { name: 'a0', adresses: [] }, b: { name: 'b0' } }, 'INVALID_INPUT', /unknown field "adresses" \(did you mean addresses\?\) in a/],
  [
    'create_veth_pair',
    { a: { name: 'a0', addresses: ['10.0.0.1/24', '10.0.0.300/24'] }, b: { name: 'b0' } },
    'INVALID_INPUT',
    /a\.addresses\[1\]: not an address/,
  ],
  ['create_veth_pair', { a: { name: 'a0' }, b: { name: 'a0' } }, 'INVALID_INPUT', /same name/],
  ['create_veth_pair', { a: { name: 'a0' }, b: { name: 'b0' }, mtu: 1e9 }, 'INVALID_INPUT', /mtu: /],
  ['set_link', { link: 'lo' }, 'INVALID_INPUT', /set_link/],
  ['add_route', { destination: '10.0.0.1/24', via: '10.0.0.1' }, 'INVALID_INPUT', /did you mean 10\.0\.0\.0\/24/],
  ['list_namespaces', { kinds: ['bridge'] }, 'INVALID_INPUT', /kinds\[0\]/],
  ['list_namespaces', { cursor: 'nonsense' }, 'INVALID_INPUT', /cursor/],
  ['check_reachability', { to: '10.0.0.1', protocol: 'tcp' }, 'INVALID_INPUT', /tcp needs a port/],
  ['check_reachability', { to: 'example.org' }, 'INVALID_INPUT', /names are not looked up/],
  ['inspect_netns_id', {}, 'INVALID_INPUT', /exactly one of namespace, link, nsid/],
  ['explain_policy', { tool: 'create_namespac' }, 'INVALID_INPUT', /Did you mean create_namespace/],
  ['inspect_namespace', { namespace: 'pid:zero' }, 'REFERENCE_INVALID', /pid: takes a process id.*host \| NAME/s],
  ['inspect_namespace', { namespace: '../etc' }, 'REFERENCE_INVALID', /no slash/],
  ['inspect_namespace', { namespace: 'path:/etc/passwd' }, 'PATH_NOT_ALLOWED', /not where namespaces are mounted/],
  ['inspect_namespace', { namespace: 'container:web' }, 'CONTAINER_NOT_SUPPORTED', /pid:N/],
  ['inspect_namespace', { namespace: 'bleu' }, 'NAMESPACE_NOT_FOUND', /no namespace named "bleu"\. Did you mean blue\?/],
  ['inspect_namespace', { namespace: 'inode:1' }, 'NAMESPACE_NOT_FOUND', /inode 1/],
  ['inspect_namespace', { namespace: 'pid:4000000' }, 'PROCESS_NOT_FOUND', /4000000/],
  ['set_link', { link: 'loo', up: true }, 'LINK_NOT_FOUND', /loo.*lo/s],
  ['move_link', { link: 'lo', to: 'blue' }, 'LINK_CANNOT_MOVE', /loopback/],
  ['exec_in_namespace', { command: ['sh', '-c', 'id'] }, 'COMMAND_REFUSED', /sh/],
  ['exec_in_namespace', { command: ['ip', 'netns', 'exec', 'blue', 'id'] }, 'COMMAND_REFUSED', /exec/],
];

/** None of these may ever become a name. */
const BAD_NAMES = ['', '-x', '.', '..', 'a/b', 'a b', 'a\u001b[2J', 'a\n', 'a\0b', 'vеth', 'a\u200b', '$(id)', 'a;b', 'host'];

test.for(LINES)('wrong calls: %s', async (line, { sandbox }) => {
  await sandbox.ok(['ip', 'netns', 'add', 'blue']);
  const session = await Session.open(sandbox, { line });
  const before = await sandbox.snapshotText();
  for (const [tool, args, code, says] of WRONG) {
    const error = await session.fails(tool, args);
    expect(error.code, `${tool} ${JSON.stringify(args)}: ${error.message}`).toBe(code);
    expect(`${error.message} ${error.hint}`).toMatch(says);
    expect(error.hint).not.toBe('');
  }
  for (const name of BAD_NAMES) {
    for (const [tool, args] of [
      ['create_namespace', { name }],
      ['create_veth_pair', { a: { name }, b: { name: 'good0' } }],
      ['set_link', { link: 'lo', new_name: name }],
    ] as const) {
      const { code, message } = await session.fails(tool, args);
      expect(code, `${tool} with the name ${JSON.stringify(name)}`).toBe('INVALID_INPUT');
      expect(message).not.toMatch(/[\u0000-\u001f\u200b]/);
    }
  }
  expect((await session.fails('create_veth_pair', { a: { name: 'a'.repeat(16) }, b: { name: 'b0' } })).code).toBe('INVALID_INPUT');
  await expect(session.result('create_namespac', { name: 'x' })).rejects.toMatchObject({
    code: -32602,
    message: expect.stringContaining('Did you mean create_namespace'),
  });
  expect(await sandbox.snapshotText()).toBe(before);
});

test('a name that holds an escape reaches no terminal as it is, also when it was written so', async ({ sandbox }) => {
  await sandbox.ok(['ip', 'netns', 'add', 'a\u001b[2Jb']);
  const session = await Session.open(sandbox);
  for (const [tool, args] of [
    ['set_link', { namespace: 'a\u001b[2Jb', link: 'lo', up: true }],
    ['set_link', { namespace: 'a\u001b[2Jb', link: 'nope', up: true }],
    ['delete_namespace', { namespace: 'a\u001b[2Jb' }],
    ['inspect_namespace', { namespace: 'a\u001b[2Jc' }],
  ] as const) {
    const { content } = await session.result(tool, args);
    expect(content[0].text, tool).toContain('a\\x1b[2J');
    expect(content[0].text, tool).not.toContain('\u001b');
  }
});
