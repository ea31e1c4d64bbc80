// Wireguard on the real programs: two ends of wireguard-go talk, keys are nowhere to be seen, and undo brings them back.
import { describe } from 'vitest';
import { findProgram } from '../../src/exec/program.js';
import { newPrivateKey, publicKeyOf } from '../../src/model/keys.js';
import { expect, test } from '../support/fixture.js';
import { type Sandbox, until } from '../support/sandbox.js';

const isMissing = ['wg', 'wireguard-go'].some((program) => findProgram(program) === null) || process.getuid?.() !== 0;

/** Two namespaces with a veth between them and a tunnel end in each, up and without keys. */
async function tunnels(sandbox: Sandbox): Promise<void> {
  await sandbox.sh(`ip netns add red; ip netns add blue; ip link add va netns red type veth peer name vb netns blue
    for e in "red va 10.0.0.1" "blue vb 10.0.0.2"; do set -- $e; ip -n $1 address add $3/24 dev $2; ip -n $1 link set $2 up; done`);
  for (const [namespace, link] of [
    ['red', 'wgr'],
    ['blue', 'wgb'],
  ] as const) {
    await sandbox.start(['ip', 'netns', 'exec', namespace, 'wireguard-go', '-f', link]);
    await until('wireguard-go answers', async () => (await sandbox.run(['test', '-S', `/run/wireguard/${link}.sock`])).exitCode === 0);
    await sandbox.sh(`ip -n ${namespace} address add 10.9.0.${namespace === 'red' ? 1 : 2}/24 dev ${link}; ip -n ${namespace} link set ${link} up`);
  }
}

test('a key is of Curve25519, and its public key is the one that wg makes of it', async ({ sandbox }) => {
  const key = newPrivateKey();
  expect(Buffer.from(key, 'base64')).toHaveLength(32);
  expect(newPrivateKey()).not.toBe(key);
  if (findProgram('wg') !== null) expect((await sandbox.ok(['wg', 'pubkey'], { stdin: key })).trim()).toBe(publicKeyOf(key));
});

describe.skipIf(isMissing)('with wireguard-go', () => {
  const red = { namespace: 'red', link: 'wgr' };
  const blue = { namespace: 'blue', link: 'wgb' };
  const publicOf = (sandbox: Sandbox, link: string) => sandbox.ok(['wg', 'show', link, 'public-key']).then((text) => text.trim());

  test('keys, peers, a preshared key: packets go through', async ({ sandbox, rooms }) => {
    await tunnels(sandbox);
    const records = [
      await rooms.change('set_wireguard', { ...red, listen_port: 51_820 }),
      await rooms.change('set_wireguard', { ...blue, listen_port: 51_821 }),
    ];
    const keys = { red: await publicOf(sandbox, 'wgr'), blue: await publicOf(sandbox, 'wgb') };
    expect(records[0]?.shown).toMatchObject({ wireguard: { public_key: keys.red, listen_port: 51_820, peers: [] } });
    const blueAsPeer = { ...red, public_key: keys.blue, allowed_ips: ['10.9.0.2/32'], endpoint: '10.0.0.2:51821' };
    records.push(await rooms.change('set_wireguard_peer', { ...blue, public_key: keys.red, allowed_ips: ['10.9.0.1/32'], endpoint: '10.0.0.1:51820' }));
    records.push(await rooms.change('set_wireguard_peer', { ...blueAsPeer, preshared_with: blue }));
    await sandbox.sh('ip netns exec red ping -q -c1 -W5 10.9.0.2');
    for (const again of [blueAsPeer, { ...blueAsPeer, preshared_with: blue }])
      expect((await rooms.change('set_wireguard_peer', again)).change.changed).toBe(false);
    expect((await rooms.change('set_wireguard', { ...red, listen_port: 51_820 })).change.changed).toBe(false);

    // Secrets are in the journal, which only root reads, and in nothing that anybody is shown.
    const secrets = (await sandbox.sh('wg show all dump')).split(/\s+/).filter((word) => /^.{43}=$/.test(word) && !Object.values(keys).includes(word));
    expect(secrets).toHaveLength(4);
    for (const secret of secrets) expect(JSON.stringify(records)).not.toContain(secret);
    expect(JSON.stringify(records)).toContain('SECRET-FILE');
  });

  test('undo brings the old key and its peers back, and a new key only when it is asked for', async ({ sandbox, rooms }) => {
    await tunnels(sandbox);
    await rooms.change('set_wireguard', blue);
    const peer = await publicOf(sandbox, 'wgb');
    await sandbox.sh(`wg genkey > /run/key; wg genpsk > /run/psk
      wg set wgr private-key /run/key listen-port 4444 fwmark 0x10 peer ${peer} preshared-key /run/psk allowed-ips 10.9.0.2/32,fd00::/64 persistent-keepalive 25`);
    const look = async () => (await sandbox.sh('wg showconf wgr')).split('\n').toSorted();
    const before = await look();
    const { change } = await rooms.change('set_wireguard', { ...red, new_key: true, fwmark: 0 });
    expect(change.loses).toEqual(['the key that its peers know it by']);
    const removed = await rooms.change('delete_wireguard_peer', { ...red, public_key: peer });
    expect((await rooms.change('delete_wireguard_peer', { ...red, public_key: peer })).change.changed).toBe(false);
    expect(await look()).not.toEqual(before);
    await rooms.undo(removed.change.id);
    await rooms.undo(change.id);
    expect(await look()).toEqual(before);
  });

  test('a link that is none, a peer that is another, and keys that are none', async ({ sandbox, rooms }) => {
    await tunnels(sandbox);
    expect(await rooms.fails('set_wireguard', { namespace: 'red', link: 'va' })).toMatchObject({ code: 'LINK_KIND_MISMATCH' });
    await rooms.change('set_wireguard', red);
    await rooms.change('set_wireguard', blue);
    const stranger = publicKeyOf(newPrivateKey());
    expect(await rooms.fails('set_wireguard_peer', { ...red, public_key: stranger, preshared_with: blue })).toMatchObject({ code: 'INVALID_INPUT' });
    for (const wrong of [
      { public_key: 'x' },
      { public_key: stranger, endpoint: 'host.example:1' },
      { public_key: stranger, endpoint: '10.0.0.1' },
      { public_key: stranger, allowed_ips: ['default'] },
    ]) {
      await expect(rooms.dryRun('set_wireguard_peer', { ...red, ...wrong })).rejects.toThrow();
    }
  });
});
