// Keys of wireguard (wg(8)): 32 bytes of Curve25519 in base64.
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { z } from 'zod';

export const PublicKey = z.string().regex(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/, 'a public key of 44 characters');

/** What comes before the bytes of a private key of X25519 in PKCS #8 (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');
const KEY_BYTES = 32;

/** A new private key, its bits set as RFC 7748 section 5 has it, as the kernel keeps them. */
export function newPrivateKey(): string {
  const bytes = randomBytes(KEY_BYTES);
  bytes.writeUInt8(bytes.readUInt8(0) & 248, 0);
  bytes.writeUInt8((bytes.readUInt8(KEY_BYTES - 1) & 127) | 64, KEY_BYTES - 1);
  return bytes.toString('base64');
}

/** A new key that both ends share. */
export function newPresharedKey(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

/** The public key that belongs to a private one. */
export function publicKeyOf(privateKey: string): string {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, Buffer.from(privateKey, 'base64')]), format: 'der', type: 'pkcs8' });
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES).toString('base64');
}
