// Every way in which a namespace can be there, be named and be pointed at: all found, none taken for another.
import { describe } from 'vitest';
import { expect, test } from '../support/fixture.js';
import { type Sandbox, until } from '../support/sandbox.js';

const inodeAt = async (sandbox: Sandbox, path: string): Promise<number> => Number(await sandbox.ok(['stat', '-Lc', '%i', path]));

/** A Perl program that holds descriptors open, or moves a thread: what no shell can. */
const HOLD_FD = ['perl', '-e', '$| = 1; open(my $f, "<", $ARGV[0]) or die; print "held\n"; sleep 1000'];

describe('what keeps a namespace alive', () => {
  test('a name, processes, a mount elsewhere, a descriptor', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ns1; mkdir -p /run/docker/netns; touch /run/docker/netns/abc; unshare --net=/run/docker/netns/abc true');
    const stranger = await sandbox.stranger();
    const short = await sandbox.stranger();
    const held = await sandbox.start([...HOLD_FD, `/proc/${short.innerPid}/ns/net`]);
    await until('the descriptor is open', () => held.process.stdout.readableLength > 0);
    const inodes = {
      host: await inodeAt(sandbox, '/proc/1/ns/net'),
      named: await inodeAt(sandbox, '/run/netns/ns1'),
      process: await inodeAt(sandbox, `/proc/${stranger.innerPid}/ns/net`),
      bind: await inodeAt(sandbox, '/run/docker/netns/abc'),
      descriptor: await inodeAt(sandbox, `/proc/${short.innerPid}/ns/net`),
    };
    await short[Symbol.asyncDispose]();

    const { namespaces, host, could_not_read } = await rooms.survey('links');
    expect(host).toBe(inodes.host);
    expect(could_not_read).toEqual([]);
    const kinds = Object.fromEntries(namespaces.map(({ kind, inode }) => [kind, inode]));
    expect(kinds).toEqual(inodes);
    expect(namespaces.find(({ kind }) => kind === 'bind')?.owner).toMatchObject({ engine: 'docker', id: 'abc' });
    expect(namespaces.find(({ kind }) => kind === 'process')?.processes).toEqual({ count: 1, sample: [{ pid: stranger.innerPid, command: 'sleep' }] });
    for (const inode of Object.values(inodes)) expect(await rooms.resolve(`inode:${inode}`)).toMatchObject({ inode });
  });

  test('a descriptor that was opened by way of a name since deleted', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ns1; ip -n ns1 link add name deep type bridge');
    const inode = await inodeAt(sandbox, '/run/netns/ns1');
    const held = await sandbox.start([...HOLD_FD, '/run/netns/ns1']);
    await until('the descriptor is open', () => held.process.stdout.readableLength > 0);
    await sandbox.sh('ip netns delete ns1');
    const { namespaces } = await rooms.survey();
    expect(namespaces.find((namespace) => namespace.inode === inode)).toMatchObject({ kind: 'descriptor', names: [] });
    expect((await rooms.links(`inode:${inode}`)).map(({ name }) => name)).toContain('deep');
  });

  test('a single thread', async ({ sandbox, rooms }) => {
    // setns(2) of a thread: 308 on x86-64, 268 on arm64.
    const program = `use threads; $| = 1; my $nr = \`uname -m\` =~ /x86/ ? 308 : 268;
      threads->create(sub { open(my $f, "<", "/run/netns/ns1"); syscall($nr, fileno($f), 0x40000000) == 0 or die $!; close $f; print "in\n"; sleep 1000 })->join`;
    await sandbox.sh('ip netns add ns1');
    const inode = await inodeAt(sandbox, '/run/netns/ns1');
    const started = await sandbox.start(['perl', '-e', program]);
    await until('the thread is in', () => started.process.stdout.readableLength > 0);
    await sandbox.sh('ip netns delete ns1');
    const found = (await rooms.survey()).namespaces.find((namespace) => namespace.inode === inode);
    expect(found).toMatchObject({ kind: 'task', kept_alive_by: [{ by: 'task', what: expect.stringMatching(/^thread \d+ of \d+ perl$/) }] });
  });

  test('whose it is, by those above its first process', async ({ sandbox, rooms }) => {
    const started = await sandbox.start(['unshare', '--net', '--fork', '--kill-child', 'sleep', '1000']);
    const owners = async () => (await rooms.survey()).namespaces.flatMap(({ owner }) => owner ?? []);
    await until('it is there', async () => (await owners()).length > 0);
    expect(await owners()).toEqual([{ engine: 'unshare', id: null, name: null }]);
    await started[Symbol.asyncDispose]();
  });

  test('a mount that only another mount namespace has, at a path with a space and a line feed', async ({ sandbox, rooms }) => {
    const path = '/run/kept here\n#';
    const program = 'touch "$1"; mount --bind /proc/self/ns/net "$1"; exec nsenter --net=/proc/1/ns/net sleep 1000';
    const keeper = await sandbox.start(['unshare', '--mount', '--net', 'sh', '-euc', program, 'sh', path]);
    const found = async () => (await rooms.survey('links')).namespaces.find(({ kind }) => kind === 'bind');
    await until('it is mounted, and nobody lives in it', async () => (await found())?.processes.count === 0);
    const namespace = await found();
    expect(namespace?.kept_alive_by).toEqual([
      { by: 'bind', what: '/run/kept here\\n# in another mount namespace', seen_by: expect.stringMatching(/^\d+ sleep$/) },
    ]);
    expect(await rooms.resolve(`inode:${namespace?.inode}`)).toMatchObject({ inode: namespace?.inode });
    await keeper[Symbol.asyncDispose]();
    await until('it is gone with its mount namespace', async () => (await found()) === undefined);
  });

  test('copies of mounts in other mount namespaces are told where they stay behind', async ({ sandbox, rooms }) => {
    await sandbox.sh(`ip netns add named; mkdir /run/shared; mount -t tmpfs shared /run/shared; mount --make-shared /run/shared
      for i in mounted-1 mounted-2; do touch /run/shared/$i; unshare --net=/run/shared/$i true; done`);
    const kept = async () => {
      const { namespaces } = await rooms.survey('links');
      return Object.fromEntries(namespaces.map(({ inode, kept_alive_by }) => [inode, kept_alive_by.map(({ by, what }) => `${by} ${what}`)]));
    };
    const [named, one] = [await inodeAt(sandbox, '/run/netns/named'), await inodeAt(sandbox, '/run/shared/mounted-1')];
    await using _ = await sandbox.start(['unshare', '--mount', '--propagation', 'slave', 'sleep', '1000']);
    await using stays = await sandbox.start(['unshare', '--mount', '--propagation', 'private', 'sleep', '1000']);
    await until('the copy is there', async () => (await kept())[one]?.length === 2);
    expect((await kept())[one]).toEqual(['bind /run/shared/mounted-1', 'bind /run/shared/mounted-1 in another mount namespace']);
    expect((await kept())[named], 'it goes with the file of its name').toEqual(['name /run/netns/named']);
    await sandbox.sh('umount /run/shared/mounted-1');
    expect((await kept())[one]).toEqual(['bind /run/shared/mounted-1 in another mount namespace']);
    await stays[Symbol.asyncDispose]();
    await until('it is gone', async () => !(one in (await kept())));
  });
});

describe('names', () => {
  test('two names of one namespace, a symbolic link as people make for Docker, and one that is the host', async ({ sandbox, rooms }) => {
    const stranger = await sandbox.stranger();
    await sandbox.sh(`ip netns add aa; touch /run/netns/bb /run/netns/me; mount --bind /run/netns/aa /run/netns/bb; mount --bind /proc/1/ns/net /run/netns/me
      ln -s /proc/${stranger.innerPid}/ns/net /run/netns/link`);
    const { namespaces, could_not_read } = await rooms.survey('links');
    expect(could_not_read).toEqual([]);
    expect(namespaces.map(({ kind, names }) => [kind, [...names].sort()]).sort()).toEqual([
      ['host', ['me']],
      ['named', ['aa', 'bb']],
      ['named', ['link']],
    ]);
    expect(await rooms.resolve('me')).toMatchObject({ isHost: true });
    expect(await rooms.resolve('path:/run/netns/link')).toMatchObject({ inode: await inodeAt(sandbox, `/proc/${stranger.innerPid}/ns/net`) });
    expect(namespaces.find(({ names }) => names.includes('link'))?.kept_alive_by.map(({ by }) => by)).toEqual(['process']);
  });

  test('a stale file, a namespace of another kind, a socket, a folder: none is a network namespace', async ({ sandbox, rooms }) => {
    await sandbox.sh(`ip netns add ok; touch /run/netns/stale /run/netns/uts; mount --bind /proc/1/ns/uts /run/netns/uts; mkdir /run/netns/folder; ln -s /proc/4000000/ns/net /run/netns/ended
      perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "/run/netns/sock", Listen => 1) or die'`);
    const { namespaces, could_not_read } = await rooms.survey('links');
    expect(namespaces.flatMap(({ names }) => names)).toEqual(['ok']);
    expect(could_not_read.map(({ what }) => what).sort()).toEqual([
      '/run/netns/ended',
      '/run/netns/folder',
      '/run/netns/sock',
      '/run/netns/stale',
      '/run/netns/uts',
    ]);
    for (const name of ['stale', 'uts', 'folder', 'sock', 'ended']) expect(await rooms.resolveFails(name), name).toMatchObject({ code: 'NOT_A_NAMESPACE' });
  });

  test('a FIFO among the names is told, and does not hang the list', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ok; mkfifo /run/netns/fifo');
    const { namespaces, could_not_read } = await rooms.survey('links');
    expect(namespaces.flatMap(({ names }) => names)).toEqual(['ok']);
    expect(could_not_read).toContainEqual(expect.objectContaining({ what: '/run/netns/fifo', detail: expect.stringContaining('FIFO') }));
    expect(await rooms.resolveFails('fifo')).toMatchObject({ code: 'NOT_A_NAMESPACE' });
  });

  test('a FIFO among the names leaves ids without names, and stops at once what would wait for it', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ns1; ip netns add ns2; ip -n ns1 link add va type veth peer name vb netns ns2; ip -n ns1 link show >/dev/null');
    await sandbox.sh('mkfifo /run/pipe; ln -s /run/pipe /run/netns/fifo');
    const { state, unread } = await rooms.read('ns1', 'links', 'nsids');
    expect(state.links?.map(({ name }) => name)).toEqual(['lo', 'va']);
    expect(unread).toEqual([expect.objectContaining({ what: 'names of ids', detail: expect.stringContaining('/run/netns/fifo is a FIFO') })]);
    expect((await rooms.ids('ns2')).ids.map(({ in: { names }, nsid }) => [names, nsid])).toEqual([[['ns1'], 0]]);
    const before = await sandbox.ok(['ip', '-n', 'ns1', '-j', 'link', 'show']);
    expect(await rooms.fails('create_veth_pair', { a: { name: 'q0', namespace: 'ns1' }, b: { name: 'q1', namespace: 'ns2' } })).toMatchObject({
      code: 'READ_FAILED',
      message: expect.stringContaining('/run/netns/fifo is a FIFO'),
      hint: expect.stringContaining('rm /run/netns/fifo'),
    });
    expect(await sandbox.ok(['ip', '-n', 'ns1', '-j', 'link', 'show'])).toBe(before);
  });

  test('strange names are shown escaped, and answer to what is shown, to their bytes and to their inode', async ({ sandbox, rooms }) => {
    const made = ['-x', 'a b', '\\x1b[2J', '\\xff\\xfe', 'q"', "it's", '$(id)', 'ü'];
    await sandbox.sh(`make() { touch "/run/netns/$1"; unshare --net="/run/netns/$1" true; }
      make -x; make 'a b'; make $'\\e[2J'; make $'\\xff\\xfe'; make 'q"'; make "it's"; make '$(id)'; make ü`);
    const { namespaces, could_not_read } = await rooms.survey('links');
    expect(could_not_read).toEqual([]);
    expect(namespaces.flatMap(({ names }) => names).sort()).toEqual([...made].sort());
    for (const name of [...made, '\u001b[2J']) {
      const { inode, entry } = await rooms.resolve(name);
      expect(await rooms.resolve(`inode:${inode}`), name).toMatchObject({ inode });
      expect('path' in entry, `${name} is entered by a path`).toBe(name !== 'ok');
      expect((await rooms.links(name)).map((link) => link.name)).toEqual(['lo']);
    }
  });

  test('two names that are shown alike are told apart by their bytes, or not at all', async ({ sandbox, rooms }) => {
    await sandbox.sh(`make() { touch "/run/netns/$1"; unshare --net="/run/netns/$1" true; }; make $'\\e'; make '\\x1b'`);
    const literal = await inodeAt(sandbox, '/run/netns/\\x1b');
    expect(await rooms.resolve('\\x1b')).toMatchObject({ inode: literal });
    await sandbox.sh(
      `umount '/run/netns/\\x1b'; rm '/run/netns/\\x1b'; make() { touch "/run/netns/$1"; unshare --net="/run/netns/$1" true; }; make $'\\xff'; make $'\\\\xff'`,
    );
    expect((await rooms.resolve('\\x1b')).inode).toBe(await inodeAt(sandbox, '/run/netns/\u001b'));
  });
});

describe('sections', () => {
  test('of a namespace that only processes hold', async ({ sandbox, rooms }) => {
    const stranger = await sandbox.stranger(
      'ip link set lo up; sysctl -qw net.ipv4.ip_forward=1; ip rule add from 10.0.0.0/8 table 100 priority 7; exec perl -MIO::Socket::INET -e \'$s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 81, Listen => 1) or die; sleep 1000\'',
    );
    const read = () => rooms.read(`pid:${stranger.innerPid}`, 'links', 'addresses', 'routes', 'rules', 'neighbours', 'sockets', 'sysctls');
    await expect
      .poll(async () => (await read()).state.sockets?.map(({ local, processes }) => [local, processes[0]?.pid]))
      .toEqual([[{ address: '127.0.0.1', port: '81' }, stranger.innerPid]]);
    const { state, unread } = await read();
    expect(unread).toEqual([]);
    expect(state.links).toMatchObject([{ name: 'lo', kind: 'loopback', up: true }]);
    expect(state.addresses?.map(({ address }) => address)).toEqual(['127.0.0.1/8', '::1/128']);
    expect(state.routes).toContainEqual(expect.objectContaining({ family: 'inet', destination: '127.0.0.0/8', table: 'local' }));
    expect(state.rules?.filter(({ priority }) => priority === 7)).toMatchObject([{ family: 'inet', source: '10.0.0.0/8', table: '100' }]);
    expect(state.rules?.map(({ family }) => family)).toContain('inet6');
    expect(state.sysctls).toMatchObject({ 'net.ipv4.ip_forward': '1' });
  });

  test('only those that are asked for', async ({ rooms }) => {
    for (const section of ['links', 'routes', 'rules', 'neighbours', 'sockets', 'sysctls']) {
      expect(Object.keys((await rooms.read('host', section)).state), section).toEqual([section]);
    }
  });
});

describe('references that lead nowhere', () => {
  test('a namespace that went between list and use', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add ns1');
    const inode = (await rooms.survey()).namespaces.find(({ names }) => names.includes('ns1'))?.inode;
    await sandbox.sh('ip netns delete ns1');
    expect(await rooms.resolveFails(`inode:${inode}`)).toMatchObject({ code: 'NAMESPACE_NOT_FOUND' });
    expect(await rooms.resolveFails('ns1')).toMatchObject({ code: 'NAMESPACE_NOT_FOUND' });
  });

  test('each with its code, and near names', async ({ sandbox, rooms }) => {
    await sandbox.sh('ip netns add blue; ip netns add green');
    expect(await rooms.resolveFails('blu')).toMatchObject({ code: 'NAMESPACE_NOT_FOUND', hint: 'Did you mean blue?', details: { near: ['blue'] } });
    expect(await rooms.resolveFails('pid:999999')).toMatchObject({ code: 'PROCESS_NOT_FOUND' });
    expect(await rooms.resolveFails('inode:1')).toMatchObject({ code: 'NAMESPACE_NOT_FOUND' });
    expect(await rooms.resolveFails('nsid:5')).toMatchObject({ code: 'NAMESPACE_NOT_FOUND' });
    expect(await rooms.resolveFails('path:/etc/passwd')).toMatchObject({ code: 'PATH_NOT_ALLOWED' });
    expect(await rooms.resolveFails('path:/etc/nobody-has-this')).toMatchObject({ code: 'PATH_NOT_ALLOWED' });
    expect(await rooms.resolveFails('path:/run/netns/../../etc/passwd')).toMatchObject({ code: 'PATH_NOT_ALLOWED' });
    expect(await rooms.resolveFails('path:/run/netns/nix')).toMatchObject({ code: 'NAMESPACE_NOT_FOUND' });
    expect(await rooms.resolveFails('container:web')).toMatchObject({ code: 'CONTAINER_NOT_SUPPORTED' });
    expect(await rooms.resolveFails('a/b')).toMatchObject({ code: 'REFERENCE_INVALID' });
    await sandbox.sh('ln -s /etc/passwd /run/netns/evil; ln -s /run/netns/loop /run/netns/loop');
    expect(await rooms.resolveFails('path:/run/netns/evil')).toMatchObject({ code: 'PATH_NOT_ALLOWED' });
    expect(await rooms.resolveFails('path:/run/netns/loop')).toMatchObject({ code: 'NAMESPACE_NOT_FOUND' });
  });

  test('a process that has ended, also as a zombie', async ({ sandbox, rooms }) => {
    const stranger = await sandbox.stranger();
    await stranger[Symbol.asyncDispose]();
    expect(await rooms.resolveFails(`pid:${stranger.innerPid}`)).toMatchObject({ code: 'PROCESS_NOT_FOUND' });
    const parent = await sandbox.start([
      'perl',
      '-e',
      '$| = 1; my $pid = fork // die; exit 0 if $pid == 0; select(undef, undef, undef, 0.1); print "$pid\n"; sleep 1000',
    ]);
    const zombie = await until('the child has ended', () => String(parent.process.stdout.read() ?? '').trim());
    expect(await rooms.resolveFails(`pid:${zombie}`)).toMatchObject({ code: 'PROCESS_NOT_FOUND' });
  });
});

describe('nsids', () => {
  test('are told in both directions, with and without names, and never of the wrong namespace', async ({ sandbox, rooms }) => {
    await sandbox.sh(`ip netns add ns1; ip netns add ns2; ip -n ns1 link add name va type veth peer name vb netns ns2
      ip link add name vc type veth peer name vd netns ns1; ip netns set ns2 42`);
    const stranger = await sandbox.stranger();
    await sandbox.sh(`ip link add name ve type veth peer name vf netns ${stranger.innerPid}`);
    const [host, ns1, ns2, unnamed] = await Promise.all(['host', 'ns1', 'ns2', `pid:${stranger.innerPid}`].map((reference) => rooms.resolve(reference)));
    if (!host || !ns1 || !ns2 || !unnamed) throw new Error('four namespaces');

    // The kernel gives an id when it first has to tell it.
    for (const reference of ['host', 'ns1', 'ns2']) await rooms.links(reference);
    expect((await rooms.ids('host')).given).toEqual({ [ns1.inode]: 0, [ns2.inode]: 42, [unnamed.inode]: 1 });
    expect((await rooms.ids('ns1')).given).toEqual({ [ns2.inode]: 0, [host.inode]: 1 });
    const { ids } = await rooms.ids('ns2');
    expect(ids.map(({ in: { inode }, nsid }) => [inode, nsid]).sort()).toEqual(
      [
        [host.inode, 42],
        [ns1.inode, 0],
      ].sort(),
    );
    expect(await rooms.resolve('nsid:1@ns1')).toMatchObject({ isHost: true });
    expect(await rooms.resolve('nsid:0@ns1')).toMatchObject({ names: ['ns2'] });
    expect(await rooms.resolve('nsid:1')).toMatchObject({ inode: unnamed.inode });
    const [moved] = (await rooms.links('ns1')).filter(({ name }) => name === 'vd');
    expect(moved?.link_netnsid, 'the id of where the other end lives').toBe(1);
    expect((await rooms.survey()).namespaces.find(({ inode }) => inode === ns2.inode)?.nsid).toBe(42);
  });

  test('that could not be looked up are an error, and not said to be none', async ({ sandbox, rooms }) => {
    const stranger = await sandbox.stranger();
    await sandbox.sh(`ip netns add ns1; ip link add name va type veth peer name vb netns ${stranger.innerPid}`);
    await rooms.links('host');
    await sandbox.sh('mount --bind "$(type -P false)" "$(type -P lsns)"');
    await expect(rooms.resolve('nsid:0')).rejects.toThrow('READ_FAILED');
    expect((await rooms.survey()).could_not_read.map(({ what }) => what)).toContain('nsids');
    expect((await rooms.survey()).namespaces.map(({ kind }) => kind)).toContain('named');
  });
});

test('200 namespaces: none missing against ip and lsns, each with its links', { timeout: 60_000 }, async ({ sandbox, rooms }) => {
  await sandbox.sh('for n in $(seq 200); do echo "netns add ns$n"; done | ip -batch -');
  await sandbox.sh('for n in $(seq 100); do echo "link add name v$n type veth peer name eth0 netns ns$n"; done | ip -batch -');
  const { namespaces, states, could_not_read } = await rooms.survey('links');
  const byIp = (await sandbox.ok(['ip', 'netns', 'list'])).split('\n').flatMap((line) => line.split(' ')[0] || []);
  expect(byIp).toHaveLength(200);
  expect(namespaces.flatMap(({ names }) => names).sort()).toEqual(byIp.sort());
  const byLsns = (await sandbox.ok(['lsns', '-t', 'net', '-n', '-o', 'NS'])).split('\n').filter(Boolean).map(Number);
  expect(namespaces.map(({ inode }) => inode)).toEqual(expect.arrayContaining(byLsns));
  expect(could_not_read).toEqual([]);
  const linksOf = (name: string) => states[namespaces.find(({ names }) => names.includes(name))?.inode ?? 0]?.links?.map((link) => link.name);
  expect(linksOf('ns7')?.sort()).toEqual(['eth0', 'lo']);
  expect(linksOf('ns177')).toEqual(['lo']);
});
