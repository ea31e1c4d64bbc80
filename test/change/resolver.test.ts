// Files of a namespace's own, in a sandbox with an /etc of its own: nothing of the host's is written.
import { expect, test } from '../support/fixture.js';
import type { Sandbox } from '../support/sandbox.js';

/** A layer over /etc, in this mount namespace alone. */
const OWN_ETC = `mkdir -p /run/etc/upper /run/etc/work
  mount -t overlay -o lowerdir=/etc,upperdir=/run/etc/upper,workdir=/run/etc/work none /etc; ip netns add red; ip netns add blue`;

const read = (sandbox: Sandbox, path: string) => sandbox.sh(`cat ${path} 2>/dev/null || echo none`);

test('a namespace gets a resolv.conf of its own, the same call again changes nothing, and undo takes it away', async ({ sandbox, rooms }) => {
  await sandbox.sh(OWN_ETC);
  const host = await read(sandbox, '/etc/resolv.conf');
  const input = { namespace: 'red', nameservers: ['10.0.0.53', 'fd00::53'], search: ['lab.example'], options: ['ndots:2'] };
  const { change, told } = await rooms.change('set_resolver', input);
  const text = 'nameserver 10.0.0.53\nnameserver fd00::53\nsearch lab.example\noptions ndots:2\n';
  expect(await read(sandbox, '/etc/netns/red/resolv.conf')).toBe(text);
  expect(await sandbox.sh('ip netns exec red cat /etc/resolv.conf')).toBe(text);
  expect(await sandbox.sh('ip netns exec blue cat /etc/resolv.conf')).toBe(host);
  expect(told).toContain('nameserver 10.0.0.53');
  expect((await rooms.change('set_resolver', input)).change.changed).toBe(false);
  await rooms.undo(change.id);
  expect(await read(sandbox, '/etc/netns/red/resolv.conf')).toBe('none\n');
});

test('what a person wrote comes back, byte for byte, and running programs see each change', async ({ sandbox, rooms }) => {
  const old = '# mine\nnameserver   192.0.2.1\n\n';
  await sandbox.sh(`${OWN_ETC}; mkdir -p /etc/netns/red; printf '${old.replaceAll('\n', '\\n')}' > /etc/netns/red/resolv.conf`);
  const running = await sandbox.start(['ip', 'netns', 'exec', 'red', 'sh', '-c', 'read line; cat /etc/resolv.conf']);
  const { change } = await rooms.change('set_resolver', { namespace: 'red', nameservers: ['10.0.0.53'] });
  running.process.stdin.write('now\n');
  expect(
    String(
      await running.process.stdout[Symbol.asyncIterator]()
        .next()
        .then(({ value }) => value),
    ),
  ).toBe('nameserver 10.0.0.53\n');
  await rooms.undo(change.id);
  expect(await read(sandbox, '/etc/netns/red/resolv.conf')).toBe(old);
  const emptied = await rooms.change('set_resolver', { namespace: 'red' });
  expect(await read(sandbox, '/etc/netns/red/resolv.conf')).toBe('none\n');
  await rooms.undo(emptied.change.id);
  expect(await read(sandbox, '/etc/netns/red/resolv.conf')).toBe(old);
});

test('hosts, beside a file of others', async ({ sandbox, rooms }) => {
  await sandbox.sh(`${OWN_ETC}; mkdir -p /etc/netns/red; echo x > /etc/netns/red/other`);
  const entries = [
    { address: '127.0.0.1', names: ['localhost'] },
    { address: '10.0.0.2', names: ['db', 'db.lab.example'] },
  ];
  const { change } = await rooms.change('set_hosts', { namespace: 'red', entries });
  expect(await sandbox.sh('ip netns exec red getent hosts db.lab.example')).toMatch(/^10\.0\.0\.2\s/);
  await rooms.undo(change.id);
  expect(await sandbox.ok(['ls', '/etc/netns/red'])).toBe('other\n');
});

test('a link that leads elsewhere is replaced, and what it leads to is not written', async ({ sandbox, rooms }) => {
  await sandbox.sh(`${OWN_ETC}; mkdir -p /etc/netns/red; echo theirs > /run/theirs; ln -s /run/theirs /etc/netns/red/resolv.conf`);
  await rooms.change('set_resolver', { namespace: 'red', nameservers: ['10.0.0.53'] });
  expect(await read(sandbox, '/run/theirs')).toBe('theirs\n');
  expect(await read(sandbox, '/etc/netns/red/resolv.conf')).toBe('nameserver 10.0.0.53\n');
});

test('the host, and a namespace without a name, have none', async ({ sandbox, rooms }) => {
  await sandbox.sh(OWN_ETC);
  const stranger = await sandbox.stranger();
  for (const namespace of ['host', `pid:${stranger.innerPid}`]) {
    expect(await rooms.fails('set_resolver', { namespace, nameservers: ['10.0.0.53'] })).toMatchObject({ code: 'INVALID_INPUT' });
  }
  for (const wrong of [{ nameservers: ['ns.example'] }, { search: ['a b'] }, { options: ['x\ny'] }, { search: ['x\nnameserver 10.9.9.9'] }]) {
    await expect(rooms.dryRun('set_resolver', { namespace: 'red', ...wrong })).rejects.toThrow();
  }
});
