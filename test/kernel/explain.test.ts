// Why a link carries nothing, in words.
import { expect, test } from 'vitest';
import { carrierNote, isSettling, otherEnd } from '../../src/kernel/explain.js';
import { aLink } from '../support/things.js';

const stayed = aLink({
  name: 'veth0',
  kind: 'veth',
  up: true,
  operstate: 'LOWERLAYERDOWN',
  flags: ['NO-CARRIER', 'UP', 'M-DOWN'],
  peer_index: 5,
  link_netnsid: 0,
});

test('an end that is up, and its other end is not', () => {
  expect(carrierNote(stayed, 'ns1')).toBe(
    'veth0 is up, but its other end (index 5 in namespace ns1) is down: state LOWERLAYERDOWN, no carrier. Bring that end up.',
  );
  expect(carrierNote(stayed, null)).toContain('index 5 in the namespace with id 0');
  expect(carrierNote({ ...stayed, peer: 'veth1', link_netnsid: null }, null)).toContain('veth1, in the same namespace');
});

test('says nothing of links that are down, have carrier, or are just getting it', () => {
  expect(carrierNote({ ...stayed, up: false }, null)).toBeNull();
  expect(carrierNote({ ...stayed, flags: ['UP', 'LOWER_UP'] }, null)).toBeNull();
  expect(isSettling({ ...stayed, flags: ['UP', 'LOWER_UP', 'NO-CARRIER'] })).toBe(true);
  expect(carrierNote({ ...stayed, flags: ['UP', 'LOWER_UP', 'NO-CARRIER'] }, null)).toBeNull();
});

test('another kind has no other end to bring up', () => {
  expect(carrierNote({ ...stayed, kind: 'bridge', peer_index: null }, null)).toBe('veth0 is up, but has no carrier.');
  expect(otherEnd(aLink({}), null)).toBeNull();
});
