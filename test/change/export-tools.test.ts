// The tools that export and install, as they are called: what of the world they choose, what the policy makes of them, and what becomes of files.
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe } from 'vitest';
import { z } from 'zod';
import { offerOf } from '../../src/server/mcp/offer.js';
import { exportChanges } from '../../tools/change/export-changes.js';
import { installConfiguration } from '../../tools/change/install-configuration.js';
import { expect, test } from '../support/fixture.js';
import { ALLOW_ALL } from '../support/policy.js';
import { Sandbox } from '../support/sandbox.js';
import { calls, exportedIn, placeFiles, runScript } from './export-world.js';

const MAKE: [string, Record<string, unknown>] = [
  'apply_changes',
  {
    changes: [
      { op: 'create_namespace', name: 'a' },
      {
        op: 'create_veth_pair',
        a: { name: 'v0', addresses: ['10.1.0.1/24'], up: true },
        b: { name: 'v1', namespace: 'a', addresses: ['10.1.0.2/24'], up: true },
      },
    ],
  },
];
const CHANGE: [string, Record<string, unknown>] = [
  'apply_changes',
  {
    changes: [
      { op: 'set_link', link: 'v0', mtu: 1400 },
      { op: 'add_route', destination: '10.2.0.0/16', via: '10.1.0.2' },
    ],
  },
];

/** The commands of a script: neither its head nor its functions. */
function commandsOf(content: string | undefined): string[] {
  return (content ?? '').split('\n').filter((line) => /^(has_link|need|ensure|ip|sysctl|nft|tc|bridge) /.test(line));
}

test('a change is what it altered, as it is now; without a choice it is all that this server made', async ({ sandbox }) => {
  await sandbox.sh('ip netns add foreign; ip -n foreign link set lo up; ip link add o0 type veth peer name o1 netns foreign');
  const [, , changed, made, all] = await calls(sandbox, ALLOW_ALL, MAKE, CHANGE, ['export_changes', { change: '$CHANGE' }], MAKE, ['export_changes', {}]);
  expect(made).toMatchObject({ ok: true, output: { change: { changed: false } } });
  const [ofChange] = exportedIn(changed).files;
  expect(commandsOf(ofChange?.content)).toEqual([
    "need '' v0",
    'ip link set dev v0 mtu 1400',
    'ip route replace 10.2.0.0/16 via 10.1.0.2 dev v0 table main proto boot scope global',
  ]);
  const [ofAll] = exportedIn(all).files;
  expect(ofAll?.content).not.toMatch(/foreign|o0/);
  expect(ofAll?.content).toContain('ip netns add a');
  const before = await sandbox.addresses('a', 'v1');
  await using other = await Sandbox.open();
  await runScript(other, ofAll ?? { path: '', mode: '', content: '' });
  expect(await other.addresses('a', 'v1')).toEqual(before);
  expect(await other.routes()).toContain('10.2.0.0/16 via 10.1.0.2 dev v0');
  expect((await other.ok(['ping', '-c1', '-W2', '10.1.0.2'])).length).toBeGreaterThan(0);
});

test('a change that has been taken back, or that is not there, is not exported', async ({ sandbox }) => {
  const [, , undone, none, both, host] = await calls(
    sandbox,
    ALLOW_ALL,
    MAKE,
    ['undo_change', { id: '$CHANGE' }],
    ['export_changes', { change: '$CHANGE' }],
    ['export_changes', { change: '20200101T000000' }],
    ['export_changes', { change: 'x', namespace: 'host' }],
    ['export_changes', { namespace: 'nobody' }],
  );
  expect(undone, undone?.text).toMatchObject({ ok: false, error: { code: 'CHANGE_STATE' } });
  expect(none).toMatchObject({ ok: false, error: { code: 'CHANGE_NOT_FOUND' } });
  expect(both).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT' } });
  expect(host).toMatchObject({ ok: false, error: { code: 'NAMESPACE_NOT_FOUND' } });
});

test('NetworkManager is left out, and the error says so', async ({ sandbox }) => {
  const [outcome] = await calls(sandbox, ALLOW_ALL, ['export_changes', { format: 'networkmanager' }]);
  expect(outcome).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT', message: expect.stringContaining('NetworkManager is left out') } });
});

test('names that a shell would read otherwise stay what they are', async ({ sandbox }) => {
  await sandbox.sh(`ip netns add a; ip -n a link add name v0 alias 'x"; touch /run/owned; $(touch /run/owned) \`touch /run/owned\`' type veth peer name 'p;q'`);
  await sandbox.sh(`ip -n a link set lo alias "$(printf 'one\\ntouch /run/owned\\nEND')"`);
  const [outcome] = await calls(sandbox, ALLOW_ALL, ['export_changes', { namespace: 'a' }]);
  const { files, notes } = exportedIn(outcome);
  expect(notes.join(' ')).toContain('its name cannot be written');
  await using other = await Sandbox.open();
  await runScript(other, files[0] ?? { path: '', mode: '', content: '' });
  await other.ok(['test', '!', '-e', '/run/owned']);
  const alias = (at: Sandbox) => at.ok(['ip', '-n', 'a', '-o', 'link', 'show', 'dev', 'v0']).then((text) => /alias .*/.exec(text)?.[0]);
  expect(await alias(other)).toBe(await alias(sandbox));
});

describe('the policy', () => {
  const DENY = '  - {id: no, effect: deny, actions: [config.export], namespaces: ["secret*"], reason: Not yours.}\n';
  const HIDE = '  - {id: hide, effect: deny, actions: [namespace.list], namespaces: ["secret*"], reason: Hidden.}\n';

  test.for([
    ['denied', DENY, 'POLICY_DENIED'],
    ['hidden', HIDE, 'NAMESPACE_NOT_FOUND'],
  ])('leaves out what is %s, and the cables there', async ([, rule, code], { sandbox }) => {
    await sandbox.sh('ip netns add secret1; ip netns add open1; ip -n open1 link add name o0 type veth peer name s0 netns secret1; ip -n open1 link set lo up');
    const [asked, beside] = await calls(
      sandbox,
      `${ALLOW_ALL}${rule}`,
      ['export_changes', { namespace: 'secret1' }],
      ['export_changes', { namespace: 'open1' }],
    );
    expect(asked).toMatchObject({ ok: false, error: { code } });
    const { files, notes } = exportedIn(beside);
    expect(JSON.stringify(files)).not.toMatch(/secret|s0/);
    expect(notes).toEqual(['link o0 (veth) in open1 is left out: where its other end was is not known.']);
  });

  test('judges an installation by its files and namespaces', async ({ sandbox }) => {
    await sandbox.sh('ip netns add a');
    await placeFiles(sandbox, []);
    const narrow = `  - {id: all, effect: allow, actions: ["config.export", "namespace.*"], reason: All.}\n  - {id: some, effect: allow, actions: [config.install], paths: ["/etc/systemd/*", "/usr/local/sbin/*"], reason: Units.}\n`;
    const [script, hooks] = await calls(
      sandbox,
      narrow,
      ['install_configuration', { namespace: 'a', format: 'networkd' }],
      ['install_configuration', { namespace: 'a', format: 'ifupdown' }],
    );
    expect(script).toMatchObject({ ok: true, output: { changed: true } });
    expect(hooks).toMatchObject({ ok: false, error: { code: 'POLICY_DENIED' } });
    expect((await sandbox.ok(['ls', '/etc/network/if-up.d'])).trim()).toBe('');
  });

  test.for(['observe', 'lab', 'operate', 'sandbox'])('"%s" does not let it install anything', async (name, { sandbox }) => {
    await sandbox.sh('ip netns add a');
    const [outcome] = await calls(sandbox, name, ['install_configuration', { namespace: 'a' }]);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'POLICY_DENIED' } });
  });
});

describe('installing', () => {
  const INSTALL = { namespace: 'a', format: 'ifupdown' };
  const UP = '/etc/network/if-up.d/netns-a';
  const stateOf = z.object({ output: z.object({ changed: z.boolean(), files: z.array(z.looseObject({ path: z.string(), state: z.string() })) }) });

  test('writes once, and what it replaces is kept beside it', async ({ sandbox }) => {
    await sandbox.sh('ip netns add a');
    await placeFiles(sandbox, []);
    const [dry, first, again] = await calls(
      sandbox,
      ALLOW_ALL,
      ['install_configuration', { ...INSTALL, dry_run: true }],
      ['install_configuration', INSTALL],
      ['install_configuration', INSTALL],
    );
    expect(stateOf.parse(dry).output).toMatchObject({ changed: true, files: [{ path: UP, state: 'new' }, { state: 'new' }] });
    expect(stateOf.parse(first).output).toMatchObject({ changed: true, files: [{ path: UP, state: 'new' }, { state: 'new' }] });
    expect(stateOf.parse(again).output).toMatchObject({ changed: false, files: [{ path: UP, state: 'same' }, { state: 'same' }] });
    expect(await sandbox.ok(['ls', '-A', '/etc/network/if-up.d', '/etc/network/if-down.d'])).toBe(
      '/etc/network/if-down.d:\nnetns-a\n\n/etc/network/if-up.d:\nnetns-a\n',
    );
    expect((await sandbox.ok(['run-parts', '--test', '/etc/network/if-up.d'])).trim()).toBe(UP);

    await sandbox.sh(`echo '# by hand' >> ${UP}`);
    const edited = await sandbox.ok(['cat', UP]);
    const [refused, replaced] = await calls(sandbox, ALLOW_ALL, ['install_configuration', INSTALL], ['install_configuration', { ...INSTALL, replace: true }]);
    expect(refused).toMatchObject({ ok: false, error: { code: 'FILE_EXISTS', message: expect.stringContaining(UP) } });
    expect(stateOf.parse(replaced).output).toMatchObject({
      changed: true,
      files: [{ path: UP, state: 'replaced', backup: `${UP}.before-netns-mcp` }, { state: 'same' }],
    });
    expect(await sandbox.ok(['cat', `${UP}.before-netns-mcp`])).toBe(edited);
    expect((await sandbox.ok(['run-parts', '--test', '/etc/network/if-up.d'])).trim()).toBe(UP);
  });

  test('a symbolic link in the way is not followed, and where one file cannot be written none is', async ({ sandbox }) => {
    await sandbox.sh('ip netns add a');
    await placeFiles(sandbox, []);
    await sandbox.sh(`echo mine > /run/mine; ln -s /run/mine /etc/network/if-down.d/netns-a`);
    const [link] = await calls(sandbox, ALLOW_ALL, ['install_configuration', { ...INSTALL, replace: true }]);
    expect(link).toMatchObject({ ok: false, error: { code: 'FILE_EXISTS' } });
    expect(await sandbox.ok(['cat', '/run/mine'])).toBe('mine\n');
    await sandbox.sh(
      'rm /etc/network/if-down.d/netns-a; mkdir /run/ro; mount --bind /run/ro /etc/network/if-down.d; mount -o remount,bind,ro /etc/network/if-down.d',
    );
    const [half] = await calls(sandbox, ALLOW_ALL, ['install_configuration', INSTALL]);
    expect(half).toMatchObject({ ok: false, error: { code: 'STATE_UNWRITABLE' } });
    expect((await sandbox.ok(['ls', '-A', '/etc/network/if-up.d'])).trim()).toBe('');
  });

  test('without ifupdown there is nowhere to write its scripts', async ({ sandbox }) => {
    await sandbox.sh('ip netns add a');
    await placeFiles(sandbox, []);
    await sandbox.sh('rm -r /etc/network');
    const [outcome] = await calls(sandbox, ALLOW_ALL, ['install_configuration', INSTALL]);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'OBJECT_NOT_FOUND' } });
  });
});

test('listing them costs little', () => {
  expect(encode(JSON.stringify(offerOf(exportChanges).listed)).length).toBeLessThan(250);
  expect(encode(JSON.stringify(offerOf(installConfiguration).listed)).length).toBeLessThan(250);
});
