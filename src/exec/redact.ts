// The last filter for secrets in the output of commands. The grammars keep them out; this is for what nobody thought of.

const REDACTED = '[redacted]';

const SECRETS: readonly [RegExp, string][] = [
  // RFC 7468; cut off by the output cap, it has no end line.
  [/(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----)[\s\S]*?(-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g, `$1 ${REDACTED} $2`],
  // wg(8), wg-quick(8), ip-macsec(8), ip-xfrm(8), OpenSSL: a word for it, and what follows on the line. The output is an attacker's to
  // choose: blanks may be read in one way only, or a long run of them takes time that grows with its square.
  [/\b((?:private|preshared|pre-shared|psk|secret)[ _-]?key"?[ \t]*(?:[:=][ \t]*)?)"?(?:0x)?[A-Za-z0-9+/=]{16,}"?/gi, `$1${REDACTED}`],
  [/\b((?:enc|auth|auth-trunc|aead)[ \t]+\S+[ \t]+)0x[0-9a-f]{8,}/gi, `$1${REDACTED}`],
];

/** The text with `[redacted]` in the place of each secret. */
export function redactSecrets(text: string): string {
  return SECRETS.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);
}
