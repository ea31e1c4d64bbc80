// A lab of many hosts on a bridge, up and down: one call of ours against one batched shell script that does the same.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median, timed } from './measure.mjs';

const GATEWAY = '10.0.255.254';
const addressOf = (i) => `10.0.${i >> 8}.${i & 255}/16`;

/** What apply_changes is asked for. */
function operations(hosts) {
  return [
    { op: 'create_link', name: 'br0', kind: 'bridge', up: true },
    ...hosts.flatMap((i) => [
      { op: 'create_namespace', name: `h${i}` },
      { op: 'create_veth_pair', a: { name: `p${i}`, up: true }, b: { name: 'eth0', namespace: `h${i}`, addresses: [addressOf(i)], up: true } },
      { op: 'set_link', link: `p${i}`, master: 'br0' },
      { op: 'add_route', namespace: `h${i}`, destination: 'default', via: GATEWAY },
    ]),
  ];
}

const batch = (command, lines) => `${command} -batch - <<'E'\n${lines.join('\n')}\nE\n`;

/** As somebody would write it who knows what is quick: one process for the host, one for each namespace. */
function upScript(hosts) {
  const host = ['link add name br0 type bridge', 'link set br0 up'];
  for (const i of hosts)
    host.push(`netns add h${i}`, `link add name p${i} type veth peer name eth0 netns h${i}`, `link set p${i} up`, `link set p${i} master br0`);
  const inside = hosts.map((i) => batch(`ip -n h${i}`, [`address add ${addressOf(i)} dev eth0`, 'link set eth0 up', `route add default via ${GATEWAY}`]));
  return ['set -e\n', batch('ip', host), ...inside].join('');
}

function downScript(hosts) {
  return `set -e\n${batch('ip', ['link delete br0', ...hosts.map((i) => `netns delete h${i}`)])}`;
}

function shell(file) {
  const { status, stderr } = spawnSync('sh', [file], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file}: ${stderr}`);
}

/** The kernel takes the links of deleted namespaces away a moment later: both sides wait for that. */
function untilGone() {
  for (;;) {
    const { stdout } = spawnSync('ip', ['-br', 'link', 'show', 'type', 'veth'], { encoding: 'utf8' });
    if (stdout === '') return;
  }
}

/** Up, down by operations, and down by undo. @param call Calls a tool, and throws when it fails. */
export async function lab(count, rounds, folder, call) {
  const hosts = Array.from({ length: count }, (_, i) => i + 1);
  const [up, down] = [join(folder, 'up.sh'), join(folder, 'down.sh')];
  writeFileSync(up, upScript(hosts));
  writeFileSync(down, downScript(hosts));
  const deletions = [{ op: 'delete_link', link: 'br0' }, ...hosts.map((i) => ({ op: 'delete_namespace', namespace: `h${i}` }))];
  const times = { up: [], upShell: [], undo: [], down: [], downShell: [] };
  for (let round = -1; round < rounds; round++) {
    const one = {};
    one.upShell = await timed(() => shell(up));
    one.downShell = await timed(() => {
      shell(down);
      untilGone();
    });
    let id;
    const build = async () => {
      id = (await call('apply_changes', { changes: operations(hosts) })).structuredContent.change.id;
    };
    one.up = await timed(build);
    one.undo = await timed(async () => {
      await call('undo_change', { id });
      untilGone();
    });
    await build();
    one.down = await timed(async () => {
      await call('apply_changes', { changes: deletions });
      untilGone();
    });
    if (round >= 0) for (const [name, ms] of Object.entries(one)) times[name].push(ms);
  }
  const { up: ours, upShell, undo, down: taken, downShell } = Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
  return [
    { what: `${count} hosts on a bridge, up, by apply_changes`, ours, peer: upShell, peerIs: 'one batched shell script', goal: 1.3 },
    { what: `${count} hosts, undone`, ours: undo, peer: downShell, peerIs: 'the batched teardown, until the links are gone', goal: 1.3 },
    { what: `${count} hosts, deleted by apply_changes`, ours: taken, peer: downShell, peerIs: 'the batched teardown, until the links are gone', goal: 1.3 },
  ];
}
