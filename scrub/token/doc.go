// Package token makes keyed pseudonyms: the same value gives the same token,
// so events about one patient or one session still join, and nobody without
// the key gets from the token to the value.
//
// # Format
//
//	t1.<type>.<key version>.<26 characters>
//
//	t1.patient.1.q3k7x2m4c5v6b7n2a3s4d5f6g7
//
// t1 is the version of this format. The type is a lower-case word (Type). The
// key version is a decimal number from 1 to 2^32-1 without leading zeros. The
// 26 characters are base32 in lower case, alphabet a–z2–7, without padding:
// exactly the first 130 bits of
//
//	HMAC-SHA-256(K, canonical value)
//	K = HKDF-SHA-256(secret: master[key version],
//	                 salt:   "scrubline/v1",
//	                 info:   "token" 00 type 00 tenant)
//
// where Canonical says how a value is written before it is hashed. With 10^9
// values of a type the chance that two share a token is about 4·10^-22.
//
// A token has only characters that percent-encoding, JSON, HTML and CSV leave
// alone, so it reads the same wherever it is put.
//
// # What a token is not
//
// It is derived from the value: scrubbed logs are pseudonymised, not
// de-identified, and whoever has the key can try all values of a small set
// (10^9 social security numbers take minutes). Hence such numbers get no token
// by default. A writer of logs can also write text in the form of a token; the
// recogniser cannot tell, it only knows the form.
//
// # Words
//
// A keyring holds the master keys. A key version is one of them: new tokens are
// made under the newest, searches ask for all. A tokenizer makes tokens for one
// worker. A lookup makes the tokens a search must ask for.
package token
