// A change made, made again, seen by plain tools, and taken back.
import { expect } from '../support/fixture.js';
import type { Rooms } from '../support/rooms.js';
import type { Sandbox } from '../support/sandbox.js';

/** What plain tools show of all that these operations change, without what ages. */
const LOOK = `
  ip -d rule; ip -6 -d rule; ip -d nexthop; ip -6 nexthop; ip route show table all; ip -6 route show table all | sort
  ip neigh show nud permanent; ip neigh show proxy; ip -d link | grep -E '^[0-9]|bridge_slave' | sed 's/_timer [ 0-9.]*//g'
  ip -o address | sed 's/scope.*//'
  bridge -d fdb | grep -E 'permanent|static' | grep -v ' \\(01:00\\|33:33\\)' | sort; bridge vlan
  grep -rsH '' /proc/sys/net/ipv4/ip_* /proc/sys/net/ipv4/conf /proc/sys/net/ipv4/tcp_* /proc/sys/net/ipv6/conf | grep -v stable_secret | sort`;

export const PAIR = 'ip link add name ea address 02:00:00:00:00:0a type veth peer name eb address 02:00:00:00:00:0b; ip link set ea up; ip link set eb up';
/** The kernel adds the local route of an IPv6 address a moment later, also where it tries nothing out (addrconf_dad_work, net/ipv6/addrconf.c). */
export const ADDRESSED = `${PAIR}; ip address add 10.0.0.1/24 dev ea; ip -6 address add fd00::1/64 dev ea nodad
  until ip -6 route show table local | grep -q '^local fd00::1 '; do sleep 0.02; done`;
export const BRIDGED = `${PAIR}; ip link add br0 address 02:00:00:00:00:01 type bridge; ip link set br0 up; ip link set eb master br0`;

/** Within this the kernel has drawn all conclusions of an undo. */
const SETTLED_MS = 1000;

export async function look(sandbox: Sandbox, script = LOOK): Promise<string[]> {
  // Multicast is for the kernel to see to.
  return (await sandbox.sh(script)).replace(/^(?:[^:\n]*fe80|multicast ff00::)[^\n]*\n/gm, '').split('\n');
}

/**
 * Makes a change, sees it by `shows`, sees that a second time changes nothing, and that undoing it leaves all as it was.
 * @param all Prints what undoing has to leave as it was: less of it where looks are dear.
 */
export async function goesRound(
  sandbox: Sandbox,
  rooms: Rooms,
  op: string,
  input: Record<string, unknown>,
  shows: string | RegExp,
  command = LOOK,
  all = LOOK,
) {
  const before = await look(sandbox, all);
  const { change } = await rooms.change(op, input);
  expect(change, op).toMatchObject({ changed: true, undoable: true });
  expect((await sandbox.sh(command)).toString(), `${op} ${JSON.stringify(input)}`).toMatch(shows);
  const again = await rooms.change(op, input);
  expect(again.change, `${op} once more`).toMatchObject({ changed: false, commands: [] });
  const { left, moved } = await rooms.undo(change.id);
  expect([...left, ...moved], `${op} ${JSON.stringify(input)} undone`).toEqual([]);
  await expect.poll(() => look(sandbox, all), { message: `after undoing ${op} ${JSON.stringify(input)}`, timeout: SETTLED_MS }).toEqual(before);
  return change;
}
